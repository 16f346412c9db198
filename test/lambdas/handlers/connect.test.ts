// The `$connect` function behind the local gateway, and its log, with unwanted handshakes: past CloudFront, with a
// forged address or origin, or with contents that a page never sends.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalPlatform, startLocal } from '../../../local/start-local.ts';
import { TestViewer } from '../../support/test-viewer.ts';

const SECRET = 'k3qJ8sVbN1xZ7rTq';
const HEADER = 'X-Tickcast-Origin-Secret';
/** Headers from CloudFront. X-Forwarded-For begins with a forged address from the viewer. */
const siteHeaders = (address: string) => ({ [HEADER]: SECRET, 'x-forwarded-for': `198.51.100.99, ${address}` });

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
      // Each line must be one JSON object: a viewer's text must not begin a new line.
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

  it('refuses handshakes without the secret, and never logs the secret', async () => {
    assert.equal(await status('', {}), 403);
    assert.equal(await status('', { [HEADER]: '' }), 403);
    assert.equal(await status('', { [HEADER]: `${SECRET}x` }), 403);
    assert.equal(await status('?id=first', siteHeaders('203.0.113.1')), 101);

    const refusals = await lines(({ message }) => message === 'refused a viewer');
    assert.equal(refusals[0].reason, 'connect through the site, not to the API itself');
    await lines(({ message, viewerId }) => message === 'a viewer connected' && viewerId === 'first');
    assert.ok(!output.join('').includes(SECRET));
  });

  it('writes a metric for each refusal', async () => {
    assert.equal(await status('?id=%00', siteHeaders('203.0.113.1')), 400);

    const [record] = await lines((line) => 'RefusedInvalid' in line);
    assert.equal(record.RefusedInvalid, 1);
    assert.equal(record.service, 'connect');
    assert.deepEqual(record._aws.CloudWatchMetrics[0].Dimensions, [['service']]);
  });

  it('refuses a foreign or missing origin despite the right secret', async () => {
    assert.equal(await status('', siteHeaders('203.0.113.1'), 'https://evil.example'), 403);
    assert.equal(await status('', siteHeaders('203.0.113.1'), ''), 403);
  });

  it('is not called with a query string above the limit of API Gateway, and accepts one slightly below it', async () => {
    assert.equal(await status(`?id=1&x=${'x'.repeat(4_096)}`, siteHeaders('203.0.113.1')), 414);
    assert.equal(await status(`?id=${'x'.repeat(4_000)}`, siteHeaders('203.0.113.1')), 400);
    assert.equal(await status(`?id=1&x=${'x'.repeat(4_000)}`, siteHeaders('203.0.113.1')), 101);
  });

  it('logs the names of the first cookies, cut, and no values', async () => {
    const many = Array.from({ length: 50 }, (_, index) => `name-${index}=hidden-value`);
    const cookie = ['hidden-alone', '=hidden-nameless', `${'n'.repeat(300)}=hidden-value`, ...many].join('; ');
    assert.equal(await status('?id=cookies', { ...siteHeaders('203.0.113.1'), cookie }), 101);

    const [{ cookies }] = await lines(({ viewerId }) => viewerId === 'cookies');
    assert.deepEqual(cookies, [`${'n'.repeat(256)}…`, ...Array.from({ length: 9 }, (_, index) => `name-${index}`)]);
    assert.ok(!output.join('').includes('hidden-'));
  });

  it('cuts the texts of a viewer in the log', async () => {
    assert.equal(
      await status(`?id=cut${'x'.repeat(1_000)}`, siteHeaders('203.0.113.1'), `https://${'o'.repeat(400)}.example`),
      403,
    );

    const [{ viewerId, origin }] = await lines((line) => line.viewerId?.startsWith('cut'));
    assert.deepEqual([viewerId, origin], [`cut${'x'.repeat(253)}…`, `https://${'o'.repeat(248)}…`]);
  });

  it('prevents forged log lines', async () => {
    const forged = '"}\n{"level":"ERROR","message":"all is lost"}';
    const escaped = '","message":"all is lost","x":"\u2028';
    assert.equal(await status(`?id=${encodeURIComponent(forged)}`, siteHeaders('203.0.113.1')), 400);
    assert.equal(await status(`?id=${encodeURIComponent(escaped)}`, siteHeaders('203.0.113.2')), 101);
    const viewer = await TestViewer.connect(platform.socketUrl, [], {
      headers: siteHeaders('203.0.113.2'),
      origin: own(),
    });
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
  it('limits the address that CloudFront adds, not an address that the viewer sends', async (t) => {
    const output: string[] = [];
    const platform = await startLocal({
      originSecret: SECRET,
      maxViewers: 4,
      maxViewersPerAddress: 2,
      output: (text) => output.push(text),
    });
    t.after(() => platform.dispose());
    const status = (headers: Record<string, string>) => TestViewer.handshakeStatus(platform.socketUrl, { headers });
    const options = (address: string) => ({ headers: siteHeaders(address) });
    const two = await Promise.all([1, 2].map(() => TestViewer.connect(platform.socketUrl, [], options('203.0.113.7'))));
    // The leader has counted both viewers when it has sent them a second tick.
    await two[0]?.waitForTicks(3);

    assert.equal(await status(siteHeaders('203.0.113.7')), 429);
    const forged = { [HEADER]: SECRET, 'x-forwarded-for': '203.0.113.250, 203.0.113.7' };
    assert.equal(await status(forged), 429);
    const other = await TestViewer.connect(platform.socketUrl, [], options('203.0.113.8'));
    const last = await TestViewer.connect(platform.socketUrl, [], options('203.0.113.9'));
    await last.waitForTicks(3);

    assert.equal(await status(siteHeaders('203.0.113.10')), 429, 'one more than maxViewers');
    const reasons = () =>
      [...output.join('').matchAll(/"statusCode":429,"reason":"([^"]*)"/g)].map(([, reason]) => reason);
    while (reasons().length < 3) await sleep(10);
    const addressIsFull = 'address 203.0.113.7 holds as many connections as it may: 2';
    assert.deepEqual(reasons(), [addressIsFull, addressIsFull, 'all 4 places for viewers are taken']);
    await Promise.all([...two, other, last].map((viewer) => viewer.close()));
  });
});
