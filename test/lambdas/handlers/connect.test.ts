// Strangers at the door: handshakes that come past the site, lie about where they come from, or carry what no page sends.
// The real `$connect` function behind the local gateway, and what it writes about them.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalPlatform, startLocal } from '../../../local/start-local.ts';
import { TestViewer } from '../../support/test-viewer.ts';

const SECRET = 'k3qJ8sVbN1xZ7rTq';
const HEADER = 'X-Tickcast-Origin-Secret';
/** A viewer's address as CloudFront passes it on, behind one that the viewer has made up. */
const through = (address: string) => ({ [HEADER]: SECRET, 'x-forwarded-for': `198.51.100.99, ${address}` });

describe('$connect behind a site', () => {
  const output: string[] = [];
  let platform: LocalPlatform;
  before(async () => {
    platform = await startLocal({
      originSecret: SECRET,
      isOriginRequired: true,
      output: (text) => output.push(text),
    });
  });
  after(() => platform.dispose());

  const own = () => new URL(platform.siteUrl).origin;
  const status = (query: string, headers: Record<string, string>, origin: string | undefined = own()) =>
    TestViewer.handshakeStatus(platform.socketUrl + query, { headers, ...(origin && { origin }) });

  // biome-ignore lint/suspicious/noExplicitAny: log lines are untyped JSON
  async function lines(matches: (line: any) => boolean): Promise<any[]> {
    for (;;) {
      // Each line by itself must be one JSON object: nobody may begin a line of their own.
      const found = output
        .join('')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
        .filter(matches);
      if (found.length > 0) return found;
      await sleep(10);
    }
  }

  it('refuses whoever does not bring the secret, and writes it nowhere', async () => {
    assert.equal(await status('', {}), 403);
    assert.equal(await status('', { [HEADER]: '' }), 403);
    assert.equal(await status('', { [HEADER]: `${SECRET}x` }), 403);
    assert.equal(await status('?id=first', through('203.0.113.1')), 101);

    const refusals = await lines(({ message }) => message === 'refused a viewer');
    assert.equal(refusals[0].reason, 'connect through the site, not to the API itself');
    await lines(({ message, viewerId }) => message === 'a viewer connected' && viewerId === 'first');
    assert.ok(!output.join('').includes(SECRET));
  });

  it('counts each refusal', async () => {
    assert.equal(await status('?id=%00', through('203.0.113.1')), 400);

    const [record] = await lines((line) => 'RefusedInvalid' in line);
    assert.equal(record.RefusedInvalid, 1);
    assert.equal(record.service, 'connect');
    assert.deepEqual(record._aws.CloudWatchMetrics[0].Dimensions, [['service']]);
  });

  it('refuses a foreign origin and a missing one, however right the secret', async () => {
    assert.equal(await status('', through('203.0.113.1'), 'https://evil.example'), 403);
    assert.equal(await status('', through('203.0.113.1'), ''), 403);
  });

  it('refuses a query string that API Gateway would refuse, and takes one of 4 KB short of that', async () => {
    assert.equal(await status(`?id=1&x=${'x'.repeat(4_096)}`, through('203.0.113.1')), 414);
    assert.equal(await status(`?id=${'x'.repeat(4_000)}`, through('203.0.113.1')), 400);
    assert.equal(await status(`?id=1&x=${'x'.repeat(4_000)}`, through('203.0.113.1')), 101);
  });

  it('writes the names of cookies, a few and cut, and the value of none', async () => {
    const many = Array.from({ length: 50 }, (_, index) => `name-${index}=hidden-value`);
    const cookie = ['hidden-alone', '=hidden-nameless', `${'n'.repeat(300)}=hidden-value`, ...many].join('; ');
    assert.equal(await status('?id=cookies', { ...through('203.0.113.1'), cookie }), 101);

    const [{ cookies }] = await lines(({ viewerId }) => viewerId === 'cookies');
    assert.deepEqual(cookies, [`${'n'.repeat(256)}…`, ...Array.from({ length: 9 }, (_, index) => `name-${index}`)]);
    assert.ok(!output.join('').includes('hidden-'));
  });

  it('cuts what a viewer has written, before it is logged', async () => {
    assert.equal(
      await status(`?id=cut${'x'.repeat(1_000)}`, through('203.0.113.1'), `https://${'o'.repeat(400)}.example`),
      403,
    );

    const [{ viewerId, origin }] = await lines((line) => line.viewerId?.startsWith('cut'));
    assert.deepEqual([viewerId, origin], [`cut${'x'.repeat(253)}…`, `https://${'o'.repeat(248)}…`]);
  });

  it('lets nobody write log lines of their own', async () => {
    const forged = '"}\n{"level":"ERROR","message":"all is lost"}';
    const escaped = '","message":"all is lost","x":"\u2028';
    assert.equal(await status(`?id=${encodeURIComponent(forged)}`, through('203.0.113.1')), 400);
    assert.equal(await status(`?id=${encodeURIComponent(escaped)}`, through('203.0.113.2')), 101);
    const viewer = await TestViewer.connect(platform.socketUrl, [], { headers: through('203.0.113.2'), origin: own() });
    viewer.send(forged);
    await viewer.message('received');

    const [connected] = await lines(({ viewerId }) => viewerId === escaped);
    assert.equal(connected.message, 'a viewer connected');
    const [sent] = await lines(({ text }) => text === forged);
    assert.equal(sent.message, 'a viewer sent a message');
    assert.ok(!(await lines(() => true)).some(({ message }) => message === 'all is lost'));
    await viewer.close();
  });
});

describe('$connect behind a site, with limits', () => {
  it('limits an address by what CloudFront saw, not by what the viewer says', async (t) => {
    const output: string[] = [];
    const platform = await startLocal({
      originSecret: SECRET,
      maxViewers: 4,
      maxViewersPerAddress: 2,
      output: (text) => output.push(text),
    });
    t.after(() => platform.dispose());
    const status = (headers: Record<string, string>) => TestViewer.handshakeStatus(platform.socketUrl, { headers });
    const options = (address: string) => ({ headers: through(address) });
    const two = await Promise.all([1, 2].map(() => TestViewer.connect(platform.socketUrl, [], options('203.0.113.7'))));
    // From its second tick on the leader has counted both.
    await two[0]?.tickCount(3);

    assert.equal(await status(through('203.0.113.7')), 429);
    const forged = { [HEADER]: SECRET, 'x-forwarded-for': '203.0.113.250, 203.0.113.7' };
    assert.equal(await status(forged), 429);
    const other = await TestViewer.connect(platform.socketUrl, [], options('203.0.113.8'));
    const last = await TestViewer.connect(platform.socketUrl, [], options('203.0.113.9'));
    await last.tickCount(3);

    assert.equal(await status(through('203.0.113.10')), 429, 'one more than maxViewers');
    const reasons = () =>
      [...output.join('').matchAll(/"statusCode":429,"reason":"([^"]*)"/g)].map(([, reason]) => reason);
    while (reasons().length < 3) await sleep(10);
    const ofAddress = 'address 203.0.113.7 holds as many connections as it may: 2';
    assert.deepEqual(reasons(), [ofAddress, ofAddress, 'all 4 places for viewers are taken']);
    await Promise.all([...two, other, last].map((viewer) => viewer.close()));
  });
});
