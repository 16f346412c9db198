// Cases of the messages of clients.

import assert from 'node:assert/strict';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { AWS_LIMITS } from '../../local/gateway/limits.ts';
import { TestViewer } from '../support/test-viewer.ts';
import { ask, type Behaviour, type ProbeApi } from './behaviour.ts';

const FRAME_BYTES = 32 * 1024;

/** Sends a message that fails. The connection must stay open. */
async function errorOf(api: ProbeApi, action: string, fields: object = {}): Promise<string> {
  const { viewer, ConnectionId } = await api.connect();
  viewer.send(JSON.stringify({ action, ...fields }));
  const frame = await viewer.text((_, index) => index === 1);

  const [, message, connectionId] =
    /^\{"message": "(.+)", "connectionId":"([^"]{16})", "requestId":"[^"]{16}"\}$/.exec(frame) ?? [];
  assert.equal(connectionId, ConnectionId, frame);
  assert.equal((await ask(viewer, 'echo')).requestContext.connectionId, ConnectionId);
  await viewer.close();
  return message ?? '';
}

export const MESSAGE_BEHAVIOURS: readonly Behaviour[] = [
  {
    says: 'Route by `$request.body.action`; missing path or no JSON: `$default`',
    async check(api) {
      const { viewer } = await api.connect();
      const messages: [string, string][] = [
        ['{"action":"echo","n":0}', 'echo'],
        ['{"action":"unknown","n":1}', '$default'],
        ['{"other":"echo","n":2}', '$default'],
        ['echo', '$default'],
      ];
      for (const [body, routeKey] of messages) {
        viewer.send(body);
        const event = JSON.parse(await viewer.text((text) => JSON.parse(text).body === body));
        assert.equal(event.requestContext.routeKey, routeKey);
      }
      await viewer.close();
    },
  },
  {
    says: 'The function throws: `Internal server error` frame, connection stays',
    async check(api) {
      assert.equal(await errorOf(api, 'fail'), 'Internal server error');
    },
  },
  {
    says: 'A malformed proxy answer: `Internal server error` frame, connection stays',
    async check(api) {
      for (const answer of [
        undefined,
        null,
        'a text',
        {},
        { statusCode: 200, body: {} },
        { statusCode: 200, text: '' },
      ]) {
        assert.equal(await errorOf(api, 'malformed', { answer }), 'Internal server error', JSON.stringify(answer));
      }
    },
  },
  {
    says: 'The integration times out, after 29 s at most: `Endpoint request timed out` frame, connection stays',
    async check(api) {
      assert.equal(await errorOf(api, 'slow'), 'Endpoint request timed out');
      assert.equal(AWS_LIMITS.integrationMillis, 29_000);
    },
  },
  {
    says: 'The function’s body goes back by the route response only',
    async check(api) {
      const { viewer } = await api.connect();
      viewer.send('{"action":"quiet"}');
      // A message that arrives much later.
      viewer.send('{"action":"slow"}');
      await viewer.text((text) => text.includes('timed out'));

      assert.equal(viewer.texts.length, 2);
      await viewer.close();
    },
  },
  {
    says: 'Binary frame: 1003',
    async check(api) {
      const { viewer } = await api.connect();
      viewer.socket.send(Buffer.from([1, 2, 3]));

      assert.equal((await viewer.closed).code, 1003);
    },
  },
  {
    says: 'Frame above 32 KB: 1009',
    async check(api) {
      const { viewer } = await api.connect();
      viewer.send('x'.repeat(FRAME_BYTES));
      await viewer.text((text) => text.includes('xxx'));
      viewer.send('y'.repeat(FRAME_BYTES + 1));

      assert.equal((await viewer.closed).code, 1009);
      assert.ok(!viewer.texts.some((text) => text.includes('yyy')));
    },
  },
  {
    says: 'Message above 128 KB: 1009',
    async check(api) {
      const { viewer } = await api.connect();
      const part = 'x'.repeat(FRAME_BYTES);
      // The answer contains the event and would be too long. Any answer shows that the message was accepted.
      for (let count = 1; count <= 4; count++) viewer.socket.send(part, { fin: count === 4 });
      await viewer.text((_, index) => index === 1);
      for (let count = 1; count <= 4; count++) viewer.socket.send(part, { fin: false });
      viewer.socket.send('x', { fin: true });

      assert.equal((await viewer.closed).code, 1009);
    },
  },
  {
    says: 'Requests of the account: 10,000 a second, burst 5,000, handshakes, messages and @connections together',
    settings: { limits: { requestsPerSecond: 0.001, requestBurst: 4 } },
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      await ask(viewer, 'echo');
      const post = () => api.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }));
      await post();

      await assert.rejects(post(), ({ $metadata }) => $metadata.httpStatusCode === 429);
      assert.equal((await ask(viewer, 'echo')).message, 'Too Many Requests');
      assert.equal(await TestViewer.handshakeStatus(api.url()), 429);
      assert.deepEqual([AWS_LIMITS.requestsPerSecond, AWS_LIMITS.requestBurst], [10_000, 5_000]);
      await viewer.close();
    },
  },
  {
    says: 'Throttle of the stage',
    settings: { limits: { stageRequestsPerSecond: 0.001, stageRequestBurst: 3 } },
    async check(api) {
      const { viewer } = await api.connect();
      await ask(viewer, 'echo');

      assert.equal((await ask(viewer, 'echo')).message, 'Too Many Requests');
      assert.equal(viewer.socket.readyState, viewer.socket.OPEN);
      await viewer.close();
    },
  },
];
