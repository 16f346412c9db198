// `npm run gateway` as its user has it: a process in front of a module of theirs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkDescription } from '../../local/gateway/routes-module.ts';
import { TestViewer } from '../support/test-viewer.ts';

const MAIN = fileURLToPath(new URL('../../local/gateway/main.ts', import.meta.url));
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

function run(t: TestContext, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { ...process.env, ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  return { child, exited: once(child, 'exit'), output: () => output };
}

async function socketUrlOf({ child, output }: ReturnType<typeof run>): Promise<string> {
  for (;;) {
    const url = /ws:\S+/.exec(output())?.[0];
    if (url !== undefined) return url;
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => assert.fail(output()))]);
  }
}

describe('npm run gateway', () => {
  it('serves the routes of a module', async (t) => {
    const gateway = run(t, ['--routes', fixture('api.ts'), '--port', '0']);
    const viewer = await TestViewer.connect(await socketUrlOf(gateway));
    const ask = (kind: string) => viewer.send(JSON.stringify({ kind }));

    ask('count');
    await viewer.text((text) => text === '1');
    ask('count');
    await viewer.text((text) => text === '2');
    ask('colour');
    await viewer.text((text) => text === 'blue');
    ask('post');
    await viewer.text((text) => text === 'posted');
    ask('hang');
    await viewer.text((text) => text.startsWith('{"message": "Endpoint request timed out"'));
    ask('crash');
    await viewer.text((text) => text.startsWith('{"message": "Internal server error"'));
    ask('unknown');
    await viewer.text((text) => text.startsWith('{"message": "Forbidden"'));
    assert.equal(viewer.texts.length, 7, 'nothing comes back without a route response');

    gateway.child.kill('SIGTERM');
    assert.deepEqual(await viewer.closed, { code: 1001, reason: 'Going away' });
    assert.deepEqual(await gateway.exited, [0, null]);
  });

  it('gives its functions credentials that it takes, whatever the developer has', async (t) => {
    const own = { AWS_PROFILE: 'work', AWS_SESSION_TOKEN: 'real', AWS_ACCESS_KEY_ID: 'real', AWS_REGION: 'eu-north-1' };
    const gateway = run(t, ['--routes', fixture('api.ts'), '--port', '0'], own);
    const viewer = await TestViewer.connect(await socketUrlOf(gateway));
    viewer.send('{"kind":"post"}');
    await viewer.text((text) => text === 'posted');
    await viewer.close();
  });

  it('stops at once although a handshake waits for its function', async (t) => {
    const gateway = run(t, ['--routes', fixture('waiting.ts'), '--port', '0']);
    const status = TestViewer.handshakeStatus(await socketUrlOf(gateway));
    while (!gateway.output().includes('is waiting')) await once(gateway.child.stderr, 'data');
    gateway.child.kill('SIGTERM');

    assert.equal(await status, 503);
    assert.deepEqual(await gateway.exited, [0, null]);
  });

  it('serves CommonJS, with another stage', async (t) => {
    const gateway = run(t, ['--routes', fixture('api.cjs'), '--port', '0', '--stage', 'prod']);
    const socketUrl = await socketUrlOf(gateway);
    assert.match(socketUrl, /\/prod$/);
    const viewer = await TestViewer.connect(socketUrl);
    viewer.send('hello');
    await viewer.text((text) => text === 'hello');
    await viewer.close();
  });

  for (const [args, expected] of [
    [['--routes', 'nowhere.ts'], /^gateway: Cannot find module .*nowhere\.ts/],
    [['--routes', fixture('broken.ts')], /^gateway: nothing is right \(file:.*broken\.ts:3:\d+\)$/],
    [['--routes', fixture('handler.ts')], /^gateway: routes must be an object, got undefined$/],
    [
      ['--routes', fixture('api.ts'), '--stage', 'a b'],
      /^gateway: stage must be 1 to 128 letters, digits, - and _, got "a b"$/,
    ],
    [
      ['--routes', fixture('api.ts'), '--port', 'x'],
      /^gateway: --port must be a whole number from 0 to 65535, got "x"$/,
    ],
  ] as const) {
    it(`says in one line what is wrong with ${args.join(' ').replaceAll(fixture(''), '')}`, async (t) => {
      const gateway = run(t, args);
      assert.deepEqual(await gateway.exited, [1, null]);
      assert.match(gateway.output().trim(), expected);
    });
  }
});

describe('the description of an API', () => {
  const handler = () => {};
  for (const [value, message] of [
    [undefined, /^the default export must be an object, got undefined$/],
    [{ routes: {}, colour: 1 }, /^the default export has "colour", of which nothing is known, only stage, /],
    [{ routes: [] }, /^routes must be an object, got \[\]$/],
    [{ routes: { a: 1 } }, /^a must be an object, got 1$/],
    [{ routes: { a: {} } }, /^a.handler must be a function, got undefined$/],
    [{ routes: { a: { handler, timeoutMillis: 49 } } }, /^a.timeoutMillis must be .* from 50 to 29000, got 49$/],
    [{ routes: { a: { handler, routeResponse: 'yes' } } }, /^a.routeResponse must be true or false, got "yes"$/],
    [{ routes: {}, stageVariables: { a: 1 } }, /^stageVariables.a must be a text, got 1$/],
    [{ routes: {}, routeSelectionExpression: 7 }, /^routeSelectionExpression must be a text, got 7$/],
  ] as const) {
    it(`is refused when ${message.source}`, () => {
      assert.throws(() => checkDescription(value), { name: 'DescriptionError', message });
    });
  }
});
