// The whole stack on an emulator: deploys it, receives its ticks over WebSockets, changes it and removes it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ORIGIN_SECRET_HEADER } from '../../lambdas/origin-secret.ts';
import { callQueue } from '../local/queue/queue-client.ts';
import { runCommand } from '../support/command.ts';
import { isConsecutive, TestViewer } from '../support/test-viewer.ts';
import { CLOCK_APP, clockContext } from './deploy.ts';
import { ACCESS, cloudFormation, dynamoDb, lambda, resource, resources, STACK, variablesOf } from './deployed-clock.ts';
import { bootstrap, deploy, destroy, ENDPOINT, ENVIRONMENT, identify, stageUrls } from './emulator.ts';
import { describeRelay } from './relay-cases.ts';

const s3 = new S3Client({ ...ACCESS, forcePathStyle: true });

const emulator = await identify();
// All viewers here have the same address.
const context = clockContext(emulator, { originSecret: 'true', maxViewersPerAddress: 'unlimited' });

let socketUrl: string;

describe(`the clock on ${emulator.name}`, () => {
  let outputs: Record<string, string>;
  /** The headers of CloudFront and of a page. */
  let headers: Record<string, string>;

  const connect = (query = '') => TestViewer.connect(socketUrl + query, [], { headers });
  const viewers = (...args: string[]) => runCommand('viewers', [...args, '--stack', STACK], ENVIRONMENT);
  const tableName = () => outputs.TableName ?? '';
  const listed = async () => JSON.parse((await viewers('list', '--json')).stdout);

  before(async () => {
    await bootstrap();
    outputs = await deploy(CLOCK_APP, context);
    ({ socketUrl } = stageUrls(await resource('AWS::ApiGatewayV2::Api', 'SocketApi'), 'websocket'));
    const { ORIGIN_SECRET = '' } = await variablesOf('Connect');
    headers = { origin: outputs.SiteUrl?.replace(/\/$/, '') ?? '', [ORIGIN_SECRET_HEADER]: ORIGIN_SECRET };
  });
  after(() => destroy(CLOCK_APP, context));

  it('sends viewers each second once, on the second', async () => {
    const watching = await Promise.all([connect('?id=a'), connect('?id=b'), connect('?id=b')]);
    await Promise.all(watching.map((viewer) => viewer.waitForTicks(6)));

    for (const { ticks } of watching) {
      assert.ok(isConsecutive(ticks), JSON.stringify(ticks));
      for (const { time, sequence, sentAt } of ticks) {
        assert.equal(Date.parse(time), sequence * 1_000);
        assert.ok(sentAt >= sequence * 1_000 && sentAt < sequence * 1_000 + 900, `${sentAt}`);
      }
    }
    await Promise.all(watching.map((viewer) => viewer.close()));
  });

  it('answers a sync message', async () => {
    const viewer = await connect();
    viewer.send('{"action":"sync","clientSentAt":12.5}');

    const { clientSentAt, serverReceivedAt, serverSentAt } = await viewer.message('sync');
    assert.equal(clientSentAt, 12.5);
    assert.ok(Math.abs(serverSentAt - serverReceivedAt) < 30_000);
    await viewer.close();
  });

  it('lets the operator list, address and close viewers, and removes the rows of viewers that have left', async () => {
    const [stays, leaves] = await Promise.all([connect('?id=stays'), connect('?id=leaves')]);
    const ids = async () => (await listed()).map(({ id }: { id: string }) => id);
    // Earlier viewers may still be leaving.
    while ((await ids()).length > 2) await sleep(200);
    assert.deepEqual((await ids()).sort(), ['leaves', 'stays']);

    const sent = await viewers('send', '--id', 'stays', '--text', 'hello from the operator');
    assert.match(sent.stdout, /^Sent to 1; 0 gone, 0 failed\./);
    await stays.text((text) => text === 'hello from the operator');

    await leaves.close();
    while ((await ids()).includes('leaves')) await sleep(200);

    const closed = await viewers('close', '--all', '--code', '4001', '--reason', 'The show is over');
    assert.match(closed.stdout, /^Closed 1; 0 gone, 0 failed\./);
    assert.deepEqual(await stays.message('closing'), { type: 'closing', code: 4001, reason: 'The show is over' });
    await stays.closed;
  });

  const refusals: [string, (allowed: Record<string, string>) => Record<string, string>][] = [
    ['comes past the site', ({ origin = '' }) => ({ origin })],
    ['guesses the secret', (allowed) => ({ ...allowed, [ORIGIN_SECRET_HEADER]: 'guess' })],
    ['comes from a foreign page', (allowed) => ({ ...allowed, origin: 'https://evil.example' })],
  ];
  for (const [what, headersOf] of refusals) {
    it(`refuses a viewer that ${what}`, async () => {
      assert.equal(await TestViewer.handshakeStatus(socketUrl, { headers: headersOf(headers) }), 403);
    });
  }

  it('has uploaded the page with revalidation, and its assets with long caching', async () => {
    const Bucket = await resource('AWS::S3::Bucket', 'Site');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const keys = Contents.map(({ Key = '' }) => Key);
    const get = (Key: string) => s3.send(new GetObjectCommand({ Bucket, Key }));

    const page = await get('index.html');
    assert.deepEqual([page.ContentType, page.CacheControl], ['text/html; charset=utf-8', 'no-cache']);
    const html = (await page.Body?.transformToString()) ?? '';
    const [, script = ''] = /src="\.\/(assets\/index-[\w-]+\.js)"/.exec(html) ?? [];
    assert.ok(keys.includes(script), `${script} of ${keys}`);
    assert.equal((await get(script)).CacheControl, 'max-age=31536000, immutable');
  });

  for (const [what, why] of Object.entries(emulator.notShown)) it(what, { skip: `${emulator.name}: ${why}` });

  describeRelay({ intervalSeconds: 1, shards: 1, sleeps: false, ticks: 8, tableName, connect });

  it('changes its interval and its shards while viewers are connected', async () => {
    const viewer = await connect();
    await viewer.message('tick');
    await deploy(CLOCK_APP, { ...context, interval: '5', shards: '2' });
    // Runners from before the change continue until they have a successor.
    await viewer.text((text) => text.includes('"intervalMillis":5000'));

    const newcomer = await connect();
    const [first, second] = await newcomer.waitForTicks(2);
    assert.equal((second?.sequence ?? 0) - (first?.sequence ?? 0), 1);
    assert.equal(second?.intervalMillis, 5_000);
    await Promise.all([viewer.close(), newcomer.close()]);
  });

  it('has a queue for each shard whose messages each start the broadcast function', async () => {
    const { WAKE_QUEUE_URLS = '' } = await variablesOf('Broadcast');
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    const FunctionName = await resource('AWS::Lambda::Function', 'Broadcast');

    const nameOf = (text = '') => text.split(/[:/]/).at(-1);
    const names = WAKE_QUEUE_URLS.split(',').map(nameOf);
    const mappings = EventSourceMappings.filter(({ FunctionArn = '' }) => nameOf(FunctionArn) === FunctionName);
    assert.equal(names.length, 2);
    assert.deepEqual(mappings.map(({ EventSourceArn }) => nameOf(EventSourceArn)).sort(), names.toSorted());
    assert.deepEqual(
      mappings.map(({ BatchSize, State }) => [BatchSize, State]),
      mappings.map(() => [1, 'Enabled']),
    );
    assert.equal((await resources('AWS::Lambda::EventSourceMapping')).length, 2);
  });

  describeRelay({ intervalSeconds: 5, shards: 2, sleeps: true, ticks: 4, tableName, connect });
});

describe(`the removal of the clock from ${emulator.name}`, () => {
  it('leaves nothing of the stack', async () => {
    const describeStack = cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
    await assert.rejects(describeStack, /does not exist/);

    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand({}));
    const { QueueUrls = [] } = (await callQueue(ENDPOINT, 'ListQueues', { QueueNamePrefix: STACK })).body;
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    const ofFunctions = Functions.map(({ FunctionName }) => FunctionName);
    const names = [...ofFunctions, ...Buckets.map(({ Name }) => Name), ...TableNames];
    assert.deepEqual([...QueueUrls, ...EventSourceMappings], []);
    assert.deepEqual(
      names.filter((name) => name?.toLowerCase().startsWith(STACK.toLowerCase())),
      [],
    );
    await assert.rejects(TestViewer.connect(socketUrl));
  });
});
