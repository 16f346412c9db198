import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { environmentOf, makeApp } from '../../lib/app.ts';
import { propsOf, SETTING_KEYS } from '../../lib/settings.ts';
import { readContext, readSettings, readSettingsFile } from '../../lib/settings-file.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const propsIn = (settings: ReturnType<typeof readContext>) => {
  const { interval, ...props } = propsOf(settings);
  return { ...props, ...(interval && { intervalSeconds: interval.toSeconds() }) };
};

const read = (context: Record<string, unknown>) => propsIn(readContext(makeApp(context)));

describe('a setting in the context', () => {
  it('is left out if the context does not set it', () => assert.deepEqual(read({}), {}));

  it('may be text, as from -c', () => {
    const context = {
      stackName: 'Second-clock',
      interval: '5',
      maxViewers: '1000',
      maxViewersPerAddress: '20',
      shards: '2',
      allowedOrigins: 'https://a.example, http://localhost:8888',
      requireOrigin: 'true',
      refuseWrongClock: 'false',
      site: 'false',
      cells: 'wss://two.example/websocket, wss://three.example/websocket',
      webAclArn: 'arn:of:acl',
      alarmTopicArn: 'arn:of:topic',
      domainName: 'clock.example.com',
      certificateArn: 'arn:of:certificate',
      hostedZoneId: 'Z123',
      originSecret: 'false',
      broadcastMemorySize: '1769',
      handlerMemorySize: '512',
      logRetention: '7',
    };

    assert.deepEqual(read(context), {
      stackName: 'Second-clock',
      intervalSeconds: 5,
      maxViewers: 1_000,
      maxViewersPerAddress: 20,
      shards: 2,
      allowedOrigins: ['https://a.example', 'http://localhost:8888'],
      requireOrigin: true,
      refuseWrongClock: false,
      site: false,
      cells: ['wss://two.example/websocket', 'wss://three.example/websocket'],
      webAclArn: 'arn:of:acl',
      alarmTopicArn: 'arn:of:topic',
      domain: { domainName: 'clock.example.com', certificateArn: 'arn:of:certificate', hostedZoneId: 'Z123' },
      originSecret: false,
      broadcastMemorySize: 1_769,
      handlerMemorySize: 512,
      logRetention: 7,
    });
  });

  it('may be JSON, as from cdk.json', () => {
    assert.deepEqual(read({ interval: 10, site: false }), { intervalSeconds: 10, site: false });
  });

  const wrong: [Record<string, unknown>, string][] = [
    [{ interval: '1.5' }, '-c interval must be a whole number of seconds from 1 to 60, got "1.5"'],
    [{ maxViewers: 'many' }, '-c maxViewers must be a whole number from 1 to 1000000, got "many"'],
    [{ shards: '5' }, '-c shards must be one of 1, 2, 4, 8, 16, got "5"'],
    [{ site: 'no' }, '-c site must be true or false, got "no"'],
    [
      { allowedOrigins: '*' },
      '-c allowedOrigins must be origins such as https://clock.example, comma-separated, got "*"',
    ],
    [
      { domainName: 'clock.example.com', hostedZoneId: 'Z1' },
      'domainName and certificateArn must be set together, got only -c domainName and -c hostedZoneId',
    ],
    [{ hostedZoneId: 'Z1' }, 'domainName and certificateArn must be set together, got only -c hostedZoneId'],
    ...[
      'ws://two.example/websocket',
      'https://two.example/websocket',
      'wss://two.example',
      'wss://Two.example/websocket',
      'wss://two.example:443/websocket',
      'wss://two.example/websocket?id=a',
      'wss://*.example/websocket',
      "wss://two.example;script-src'self'/websocket",
      'two.example/websocket',
      '',
    ].map((cell): [Record<string, unknown>, string] => [
      { cells: `wss://three.example/websocket,${cell}` },
      `-c cells must be sockets of other cells such as wss://clock.example/websocket, comma-separated, got "${cell}"`,
    ]),
    [
      { cells: ['wss://two.example/websocket', 'wss://two.example/websocket'] },
      '-c cells must name each cell once, got wss://two.example/websocket twice',
    ],
    [{ stackName: '2nd' }, '-c stackName must be letters, digits and hyphens, a letter first, 128 at most, got "2nd"'],
    [
      { maxViewersPerAddress: 'none' },
      '-c maxViewersPerAddress must be a whole number from 1 to 1000000, or unlimited, got "none"',
    ],
    [{ requestQuota: '-1' }, '-c requestQuota must be a whole number from 1 to 1000000, got "-1"'],
    [{ refuseWrongClock: '0' }, '-c refuseWrongClock must be true or false, got "0"'],
    [{ originSecret: 'none' }, '-c originSecret must be true or false, got "none"'],
    [
      { broadcastMemorySize: '1GB' },
      '-c broadcastMemorySize must be a whole number of MiB from 128 to 10240, got "1GB"',
    ],
    [{ handlerMemorySize: '64' }, '-c handlerMemorySize must be a whole number of MiB from 128 to 10240, got "64"'],
    ...['2', '9999'].map((logRetention): [Record<string, unknown>, string] => [
      { logRetention },
      `-c logRetention must be a number of days that CloudWatch supports, such as 1, 7, 30 or 365, got "${logRetention}"`,
    ]),
  ];
  for (const [context, message] of wrong) {
    it(`refuses ${JSON.stringify(context)}`, () => assert.throws(() => read(context), { message }));
  }
});

async function settingsFile(t: TestContext, content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-settings-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'tickcast.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('a settings file', () => {
  it('sets the settings that the context does not set', async (t) => {
    const settings = await settingsFile(t, { interval: 10, maxViewers: 500, maxViewersPerAddress: 'unlimited' });

    assert.deepEqual(propsIn(readSettings(makeApp({ settings, maxViewers: '1000' }))), {
      intervalSeconds: 10,
      maxViewers: 1_000,
      maxViewersPerAddress: 'unlimited',
    });
  });

  it('may contain lists, true and false', async (t) => {
    const allowedOrigins = ['https://a.example', 'https://b.example'];
    const path = await settingsFile(t, { allowedOrigins, site: false });

    assert.deepEqual(propsIn(readSettingsFile(path, false)), { allowedOrigins, site: false });
  });

  it('may be missing, unless -c settings names it', () => {
    assert.deepEqual(readSettingsFile(join(PROJECT, 'missing.json'), true), {});
    assert.throws(() => readSettings(makeApp({ settings: 'missing.json' })), {
      name: 'ConfigError',
      message: /^missing\.json must be a file with JSON: ENOENT/,
    });
  });

  it('has an example that is accepted', () => {
    const { stackName } = propsOf(readSettingsFile(join(PROJECT, 'tickcast.example.json'), false));

    assert.equal(stackName, 'Tickcast');
  });

  const keys = SETTING_KEYS.join(', ');
  const wrong: [unknown, string | RegExp][] = [
    ['{ "interval": 10', /^tickcast\.json must be a file with JSON: /],
    [[10], 'tickcast.json must be one object such as { "interval": 10 }, got [10]'],
    [{ maxviewers: 10 }, `tickcast.json: maxviewers is not a setting: the settings are ${keys}`],
    [{ interval: 0.5 }, 'tickcast.json: interval must be a whole number of seconds from 1 to 60, got "0.5"'],
    [{ interval: null }, 'tickcast.json: interval must be a text, a number, true, false or a list of texts, got null'],
    [{ shards: {} }, 'tickcast.json: shards must be a text, a number, true, false or a list of texts, got {}'],
    [
      { allowedOrigins: [] },
      'tickcast.json: allowedOrigins must be a text, a number, true, false or a list of texts, got []',
    ],
    [
      { domainName: 'clock.example.com' },
      'domainName and certificateArn must be set together, got only tickcast.json: domainName',
    ],
  ];
  for (const [content, message] of wrong) {
    it(`is refused with ${JSON.stringify(content)}`, async (t) => {
      const path = await settingsFile(t, content);

      assert.throws(() => propsOf(readSettingsFile(path, true)), { name: 'ConfigError', message });
    });
  }

  it('is not read if the command line has an unknown setting', () => {
    assert.throws(() => readSettings(makeApp({ maxviewers: '10' })), {
      message: `-c maxviewers is not a setting: the settings are ${keys}`,
    });
  });
});

describe('account and region', () => {
  it('are those of the variables that the CDK sets', () => {
    const env = { CDK_DEFAULT_ACCOUNT: '123456789012', CDK_DEFAULT_REGION: 'eu-central-1' };

    assert.deepEqual(environmentOf(env), { account: '123456789012', region: 'eu-central-1' });
    assert.deepEqual(environmentOf({ CDK_DEFAULT_REGION: 'eu-central-1' }), { region: 'eu-central-1' });
    assert.deepEqual(environmentOf({}), {});
  });
});
