// Runs `npm run viewers` as a user does, against the local platform with real clients.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { connectionsEndpointOf } from '../../commands/viewers/deployment.ts';
import { parseOptions } from '../../commands/viewers/options.ts';
import { makeDynamoConnectionStore } from '../../lambdas/aws/dynamo-connection-store.ts';
import { makeConnection, SETTLING_MILLIS } from '../../lambdas/domain/connection.ts';
import { CREDENTIALS, REGION, TABLE } from '../../local/deployment.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { runCommand } from '../support/command.ts';
import { makeTableClient } from '../support/dynamodb.ts';
import { TestViewer } from '../support/test-viewer.ts';

const viewers = (args: readonly string[], env: Record<string, string | undefined> = {}) =>
  runCommand('viewers', args, env);

/** Well-formed ids that no connection has: they contain moments long past. */
const GONE_IDS = ['AAAAAAAAAAAAAAA=', 'AAAAAAAAAAAAAAE='] as const;

describe('npm run viewers, at a local run', () => {
  let platform: LocalPlatform;
  let connected: TestViewer[] = [];
  before(async () => {
    // The tests need no ticks.
    platform = await startLocal({ intervalSeconds: 60, maxViewersPerAddress: 1_000 });
  });
  after(() => platform.dispose());
  afterEach(async () => {
    await Promise.all(connected.map((viewer) => viewer.close()));
    connected = [];
    // Waits for the row, because $disconnect runs after the close.
    for (const { connectionId } of await rows()) await store().remove(connectionId);
  });

  async function connect(id?: string): Promise<TestViewer> {
    const query = id === undefined ? '' : `?id=${encodeURIComponent(id)}`;
    const viewer = await TestViewer.connect(platform.socketUrl + query);
    connected.push(viewer);
    return viewer;
  }

  async function connectionIdOf(viewer: TestViewer): Promise<string> {
    viewer.send('who am I?');
    return (await viewer.message('received')).connectionId;
  }

  const client = () => makeTableClient(platform.dynamoDbEndpoint);
  const store = () => makeDynamoConnectionStore(client(), TABLE.TableName);
  const partitions = Array.from({ length: 16 }, (_, partition) => partition);
  const rows = async () => (await store().list(partitions, Date.now())).connections;
  const run = (...args: string[]) => viewers([...args, '--url', platform.siteUrl]);
  const has = (viewer: TestViewer, text: string) => viewer.texts.filter((candidate) => candidate === text).length;

  it('lists the connected viewers in order of arrival', async () => {
    const ids = [await connectionIdOf(await connect('12')), await connectionIdOf(await connect('x\u202Ey'))];
    ids.push(await connectionIdOf(await connect()));

    const table = await run('list');
    const json = await run('list', '--json');

    assert.deepEqual([table.code, table.stderr], [0, '']);
    const lines = table.stdout.trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^CONNECTION +ID +CONNECTED SINCE +ADDRESS$/);
    for (const [index, shown] of ['12', 'x\u{FFFD}y', '-'].entries()) {
      assert.match(lines[index + 1] ?? '', new RegExp(`^${ids[index]}  ${shown} +\\S+Z  127\\.0\\.0\\.1$`, 'u'));
    }
    assert.equal(lines[4], '3 connected.');
    const listed = JSON.parse(json.stdout);
    assert.deepEqual(
      listed.map(({ connectionId, id, address }: Record<string, string>) => [connectionId, id, address]),
      ids.map((connectionId, index) => [connectionId, ['12', 'x\u202Ey', undefined][index], '127.0.0.1']),
    );
    assert.equal(
      Date.parse(listed[0].connectedAt),
      (await rows()).find((row) => row.viewerId === '12')?.connectedAtMillis,
    );
  });

  it('prints that no viewer is connected, and fails only if an id was given', async () => {
    assert.deepEqual(await run('list'), { code: 0, stdout: 'No viewer is connected.\n', stderr: '' });
    assert.deepEqual(await run('list', '--json'), { code: 0, stdout: '[]\n', stderr: '' });
    assert.deepEqual(await run('send', '--all', '--text', 'x'), {
      code: 0,
      stdout: 'No viewer is connected.\n',
      stderr: '',
    });
    const nobody = { code: 1, stdout: 'No viewer with the id "12" is connected.\n', stderr: '' };
    assert.deepEqual(await run('close', '--id', '12'), nobody);
  });

  it('sends a text to one connection', async () => {
    const [one, other] = [await connect('12'), await connect('12')];

    const result = await run('send', `--connection=${await connectionIdOf(one)}`, '--text', 'Grüße');

    assert.deepEqual(result, { code: 0, stdout: 'Sent to 1; 0 gone, 0 failed.\n', stderr: '' });
    await one.text((text) => text === 'Grüße');
    await connectionIdOf(other);
    assert.equal(has(other, 'Grüße'), 0);
  });

  it('sends a text to all tabs of one id', async () => {
    const [first, second, other] = [await connect('12'), await connect('12'), await connect('13')];

    const result = await run('send', '--id', '12', '--text', 'to 12');

    assert.deepEqual(result, { code: 0, stdout: 'Sent to 2; 0 gone, 0 failed.\n', stderr: '' });
    for (const viewer of [first, second]) await viewer.text((text) => text === 'to 12');
    await connectionIdOf(other);
    assert.equal(has(other, 'to 12'), 0);
  });

  it('sends a text to each viewer once, also to more viewers than it handles at a time', async () => {
    const all = await Promise.all(Array.from({ length: 120 }, (_, index) => connect(String(index))));

    const result = await run('send', '--all', '--text', 'hello');

    assert.deepEqual([result.code, result.stdout], [0, 'Sent to 120; 0 gone, 0 failed.\n']);
    // A slow machine shows its progress.
    assert.match(result.stderr, /^(viewers: \d+ of 120\n)*$/);
    for (const viewer of all) {
      await viewer.text((text) => text === 'hello');
      assert.equal(has(viewer, 'hello'), 1);
    }
  });

  it('sends a notice with code and reason before it closes, because the gateway closes with 1000', async () => {
    const [one, other] = [await connect('12'), await connect('13')];

    const result = await run('close', '--id', '12', '--code', '4001', '--reason', 'Bis später');

    assert.deepEqual(result, { code: 0, stdout: 'Closed 1; 0 gone, 0 failed.\n', stderr: '' });
    assert.equal((await one.closed).code, 1000);
    assert.deepEqual(JSON.parse(one.texts.at(-1) ?? ''), { type: 'closing', code: 4001, reason: 'Bis später' });
    await connectionIdOf(other);
  });

  it('sends all viewers to another cell, and closes the remaining connections after ten seconds', async () => {
    const [leaves, stays] = [await connect('12'), await connect('13')];
    const atMillis = performance.now();
    const result = run('close', '--all', '--code', '1012', '--reason', 'new version');

    for (const viewer of [leaves, stays]) {
      assert.deepEqual(await viewer.message('closing'), { type: 'closing', code: 1012, reason: 'new version' });
    }
    await leaves.close();
    assert.equal((await stays.closed).code, 1000);
    assert.ok(performance.now() - atMillis >= 10_000, `${performance.now() - atMillis} ms`);
    assert.deepEqual(await result, {
      code: 0,
      stdout:
        'Told 2; 0 gone, 0 failed. They have 10 s to go to another cell.\nClosed 1 who stayed; 1 gone, 0 failed.\n',
      stderr: '',
    });
  });

  it('closes all connections with 1000 and without a reason by default', async () => {
    const all = [await connect('12'), await connect('12'), await connect()];

    const { stdout } = await run('close', '--all');

    assert.equal(stdout, 'Closed 3; 0 gone, 0 failed.\n');
    for (const viewer of all) {
      assert.equal((await viewer.closed).code, 1000);
      assert.deepEqual(await viewer.message('closing'), { type: 'closing', code: 1000, reason: '' });
    }
  });

  it('fails for a connection that does not exist', async () => {
    const gone = { code: 1, stderr: '' };
    const args = ['--connection', GONE_IDS[0]];
    assert.deepEqual(await run('send', ...args, '--text', 'x'), { ...gone, stdout: 'Sent to 0; 1 gone, 0 failed.\n' });
    assert.deepEqual(await run('close', ...args), { ...gone, stdout: 'Closed 0; 1 gone, 0 failed.\n' });
    const stderr = 'viewers: 12: Invalid connectionId: 12\n';
    const malformed = { code: 1, stdout: 'Sent to 0; 0 gone, 1 failed.\n', stderr };
    assert.deepEqual(await run('send', '--connection', '12', '--text', 'x'), malformed);
  });

  it('removes the rows of viewers who are gone, unless a row is so young that the viewer may still be connecting', async () => {
    const now = Date.now();
    const viewer = await connect('12');
    await store().put(makeConnection(GONE_IDS[0], now - SETTLING_MILLIS - 1_000));
    await store().put(makeConnection(GONE_IDS[1], now));

    const result = await run('send', '--all', '--text', 'x');

    assert.deepEqual(result, { code: 0, stdout: 'Sent to 1; 2 gone, 0 failed.\n', stderr: '' });
    const left = (await rows()).map(({ connectionId }) => connectionId);
    assert.deepEqual(left.sort(), [GONE_IDS[1], await connectionIdOf(viewer)].sort());
  });

  it('prints one line for a wrong command line, and exits with 2', async () => {
    const stderr =
      'viewers: --code must be 1000, 1012, 1013 or a number from 3000 to 4999, got "1001" (see npm run viewers -- --help)\n';
    assert.deepEqual(await viewers(['close', '--all', '--code', '1001']), { code: 2, stdout: '', stderr });
  });

  it('accepts the longest reason that is allowed', async () => {
    const viewer = await connect();
    const reason = `${'é'.repeat(61)}!`;

    assert.equal((await run('close', '--all', '--code', '3000', '--reason', reason)).code, 0);

    assert.deepEqual(await viewer.message('closing'), { type: 'closing', code: 3000, reason });
  });

  it('prints one line if nothing answers', async () => {
    const server = createServer();
    const url = await listenOnLoopback(server);
    server.close();

    const { code, stderr } = await viewers(['list', '--url', url]);

    assert.equal(code, 1);
    assert.match(stderr, /^viewers: nothing answers at http:\/\/127\.0\.0\.1:\d+: start it with npm start, .+\n$/);
  });

  it('finds a deployed stack by its outputs', async (t) => {
    const viewer = await connect('12');
    const { url, asked } = await startCloudFormation(t, {
      ConnectionsEndpoint: platform.connectionsEndpoint,
      TableName: TABLE.TableName,
    });
    const env = environmentOf(url, platform.dynamoDbEndpoint);

    const result = await viewers(['send', '--stack', 'Tickcast', '--id', '12', '--text', 'from afar'], env);

    assert.deepEqual(result, { code: 0, stdout: 'Sent to 1; 0 gone, 0 failed.\n', stderr: '' });
    await viewer.text((text) => text === 'from afar');
    assert.match(asked[0] ?? '', /^Action=DescribeStacks&.*StackName=Tickcast/);
  });

  it('prints one line for a wrong stack', async (t) => {
    const { url } = await startCloudFormation(t, { ConnectionsEndpoint: platform.connectionsEndpoint });
    const env = environmentOf(url, platform.dynamoDbEndpoint);
    for (const [stack, changes, complaint] of [
      ['Tickcast', {}, /^stack Tickcast has no output TableName: .+$/],
      ['Missing', {}, /^Stack with id Missing does not exist$/],
      ['Tickcast', { AWS_REGION: undefined }, /^no region is set: name that of the stack in AWS_REGION$/],
    ] as const) {
      const { code, stdout, stderr } = await viewers(['list', '--stack', stack], { ...env, ...changes });

      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr.replace(/^viewers: /, '').trimEnd(), complaint);
    }
  });
});

describe('npm run viewers, when the gateway fails', () => {
  it('counts the viewers that failed, and prints the reason for some', async (t) => {
    const platform = await startLocal({ intervalSeconds: 60, faults: { requests: { failing: 1 } } });
    t.after(() => platform.dispose());
    const connected = await Promise.all(Array.from({ length: 7 }, () => TestViewer.connect(platform.socketUrl)));

    const { code, stdout, stderr } = await viewers(['close', '--all', '--url', platform.siteUrl]);

    assert.deepEqual([code, stdout], [1, 'Closed 0; 0 gone, 7 failed.\n']);
    assert.match(stderr, /^viewers: [\w-]{15}=: without its notice: Internal server error$/m);
    assert.match(stderr, /^viewers: and 9 more complaints$/m);
    assert.doesNotMatch(stderr, /\bat \S+:\d+/);
    await Promise.all(connected.map((viewer) => viewer.close()));
  });
});

describe('the command line of npm run viewers', () => {
  for (const [args, complaint] of [
    [[], 'the first word must be list, send or close, got nothing'],
    [['ban'], 'the first word must be list, send or close, got "ban"'],
    [['send', '--all'], '--text must be a text, got none'],
    [['send', '--all', '--text', ''], '--text must be a text, got an empty one'],
    [['send', '--all', '--text', 'é'.repeat(65_537)], '--text must be at most 131072 bytes of UTF-8, got 131074'],
    [['send', '--text', 'x'], 'give exactly one of --connection, --id and --all, got none'],
    [['close', '--all', '--id', '1'], 'give exactly one of --connection, --id and --all, got 2'],
    [['close', '--all', '--code', '1001'], '--code must be 1000, 1012, 1013 or a number from 3000 to 4999, got "1001"'],
    [['close', '--all', '--code', '5000'], '--code must be 1000, 1012, 1013 or a number from 3000 to 4999, got "5000"'],
    [['close', '--all', '--code', 'bye'], '--code must be 1000, 1012, 1013 or a number from 3000 to 4999, got "bye"'],
    // 62 characters of two bytes each.
    [['close', '--all', '--reason', 'é'.repeat(62)], '--reason must be at most 123 bytes of UTF-8, got 124'],
    [['send', '--connection', '-x'], "Option '--connection' argument is ambiguous. Did you forget"],
    [['list', '--all'], "Unknown option '--all'"],
    [['list', '--url', 'x'], '--url must be that of a local run, such as http://localhost:8888, got "x"'],
    [['list', '--url', 'http://localhost', '--stack', 'x'], '--url and --stack exclude each other'],
    [['list', '--stack', '1'], '--stack must be the name of a stack: a letter, then letters, digits and -, got "1"'],
  ] as const) {
    it(`refuses ${args.join(' ').slice(0, 40) || 'no word at all'}: ${complaint}`, () => {
      assert.throws(
        () => parseOptions(args),
        (error: Error) => error.message.startsWith(complaint),
      );
    });
  }

  it('accepts an id that begins with a dash', () => {
    const options = parseOptions(['close', '--connection=-x', '--reason', 'é'.repeat(61)]);

    assert.deepEqual(options, {
      action: 'close',
      place: { url: 'http://localhost:8888' },
      choice: { connection: '-x' },
      code: 1000,
      reason: 'é'.repeat(61),
    });
  });
});

describe('the endpoint of @connections', () => {
  const aws = 'https://a1b2c3.execute-api.us-east-1.amazonaws.com/websocket';
  for (const [env, output, endpoint] of [
    [{}, aws, aws],
    [{ AWS_ENDPOINT_URL: 'http://localhost:4566/' }, aws, 'http://localhost:4566/_aws/execute-api/a1b2c3/websocket'],
    [{ AWS_ENDPOINT_URL: 'http://localhost:4566' }, 'http://localhost:1/x', 'http://localhost:1/x'],
    [{ AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://b' }, aws, 'http://b'],
  ] as const) {
    it(`is ${endpoint} for ${Object.keys(env).join(' and ') || 'AWS'}`, () => {
      assert.equal(connectionsEndpointOf(output, env), endpoint);
    });
  }
});

/** The environment of a developer's machine, except for the endpoints. */
function environmentOf(cloudFormation: string, dynamoDb: string): Record<string, string | undefined> {
  return {
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb,
    AWS_ENDPOINT_URL: undefined,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
  };
}

/** Answers DescribeStacks for one stack. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
async function startCloudFormation(t: TestContext, outputs: Record<string, string>) {
  const asked: string[] = [];
  const members = Object.entries(outputs)
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join('');
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    asked.push(body);
    const name = new URLSearchParams(body).get('StackName');
    const isThere = name === 'Tickcast';
    response
      .writeHead(isThere ? 200 : 400, { 'content-type': 'text/xml' })
      .end(
        isThere
          ? `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>` +
              `<member><StackName>Tickcast</StackName><CreationTime>2026-11-23T00:00:00Z</CreationTime>` +
              `<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members}</Outputs></member></Stacks>` +
              `</DescribeStacksResult></DescribeStacksResponse>`
          : `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>` +
              `<Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`,
      );
  });
  const url = await listenOnLoopback(server);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, asked };
}
