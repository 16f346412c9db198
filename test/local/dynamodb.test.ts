import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../local/deployment.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { startTableThread } from '../../local/table-thread.ts';
import { makeTestTable } from '../support/dynamodb.ts';

/** 300 queries that are not freed need about nine times as much. */
const LIMIT_BYTES = 100 * 1024;

describe('the local DynamoDB', () => {
  it('frees the memory of a query', async (t) => {
    const { client, tableName } = await makeTestTable(t);
    const query = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': 'partition' },
      ExpressionAttributeValues: { ':partition': 'connections#0' },
    });
    const read = async (times: number) => {
      for (let count = 0; count < times; count++) await client.send(query);
    };
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const keptBytes = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    await read(50);
    const before = keptBytes();

    await read(300);

    // Buffers of answers are freed some turns of the event loop after the garbage collection.
    let grown = keptBytes() - before;
    for (let look = 0; grown >= LIMIT_BYTES && look < 40; look++) {
      await setTimeout(50);
      grown = keptBytes() - before;
    }
    assert.ok(grown < LIMIT_BYTES, `${grown} bytes`);
  });

  it('does not hide an error that ends its thread', async (t) => {
    const thread = once(process, 'worker');
    const server = await startTableThread(TABLE);
    t.after(() => server.dispose());
    const [worker] = await thread;

    // An error event without a listener is thrown, which ends the process.
    assert.throws(() => worker.emit('error', new Error('out of memory')), /out of memory/);
  });

  it('serves further requests after one on which dynalite throws', async (t) => {
    const server = await startTableThread(TABLE);
    t.after(() => server.dispose());
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000000Z',
      'x-amz-target': 'DynamoDB_20120810.Query',
    };
    const request = { method: 'POST', headers, body: 'null', signal: AbortSignal.timeout(300) };

    await assert.rejects(fetch(server.endpoint, request));

    assert.equal((await fetch(server.endpoint)).status, 200);
  });

  it('serves further requests after an aborted one', async (t) => {
    const server = await startDynamoDb();
    t.after(() => server.dispose());
    const { hostname, port } = new URL(server.endpoint);
    for (let count = 0; count < 5; count++) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      await new Promise((resolve) =>
        socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{', resolve),
      );
      // Wait until the server has begun to read it.
      await fetch(server.endpoint);
      socket.resetAndDestroy();
    }

    assert.equal((await fetch(server.endpoint)).status, 200);
  });
});
