// Cases of the start and the end of connections, and their events.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DeleteConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { AWS_LIMITS } from '../../local/gateway/limits.ts';
import { TestViewer } from '../support/test-viewer.ts';
import type { Behaviour } from './behaviour.ts';
import { STAGE_VARIABLES } from './probe.ts';

const ID = /^[A-Za-z0-9_-]{15}=$/;
const CONTEXT = [
  'apiId',
  'connectedAt',
  'connectionId',
  'domainName',
  'eventType',
  'extendedRequestId',
  'identity',
  'messageDirection',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'routeKey',
  'stage',
];
const GOING_AWAY = { code: 1001, reason: 'Going away' };

function keysOf(value: object): string[] {
  return Object.keys(value).sort();
}

export const CONNECTION_BEHAVIOURS: readonly Behaviour[] = [
  {
    says: 'The handshake stays pending until `$connect` has answered; no message comes before',
    async check(api) {
      const startMillis = performance.now();
      const { viewer } = await api.connect({ hold: 700 });

      assert.ok(performance.now() - startMillis >= 700);
      assert.equal(viewer.texts.length, 1);
      await viewer.close();
    },
  },
  {
    says: 'A POST before that gets 410',
    async check(api) {
      const tag = crypto.randomUUID();
      const viewer = new TestViewer(api.url({ tag, hold: 3_000 }));
      const ConnectionId = (await api.kept(tag)).requestContext.connectionId;
      const post = () => api.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'now' }));

      await assert.rejects(post(), { name: 'GoneException' });
      assert.equal(viewer.socket.readyState, viewer.socket.CONNECTING);
      await once(viewer.socket, 'open');
      await post();
      assert.equal(await viewer.text(() => true), 'now');
      await viewer.close();
    },
  },
  {
    says: '`$connect` answers other than 2xx: that status is the handshake’s',
    async check(api) {
      for (const status of [400, 403, 429]) {
        assert.equal(await TestViewer.handshakeStatus(api.url({ status })), status);
      }
    },
  },
  {
    says: '`$connect` throws: 502',
    async check(api) {
      assert.equal(await TestViewer.handshakeStatus(api.url({ throw: 1 })), 502);
    },
  },
  {
    says: 'A trailing slash after the stage is accepted',
    async check(api) {
      assert.equal(await TestViewer.handshakeStatus(`${api.access.socketUrl}/`), 101);
    },
  },
  {
    says: 'A sub-protocol is agreed only when `$connect` names it',
    async check(api) {
      const { viewer } = await api.connect({ protocol: 'two' }, ['one', 'two']);
      assert.equal(viewer.socket.protocol, 'two');
      await viewer.close();

      await assert.rejects(TestViewer.connect(api.url(), ['one', 'two']), /subprotocol/i);
    },
  },
  {
    says: 'permessage-deflate is negotiated when offered',
    async check(api) {
      const { viewer } = await api.connect({}, [], { perMessageDeflate: true });

      assert.match(viewer.socket.extensions, /^permessage-deflate/);
      await viewer.close();
    },
  },
  {
    says: 'CONNECT: keys present and absent, header case, `multiValueHeaders`, no `Connection` or `Upgrade`, no `body`',
    async check(api) {
      const tag = crypto.randomUUID();
      const headers = { Cookie: 'a=1; b=2', 'X-Custom-CASE': 'Kept', 'User-Agent': 'test' };
      const viewer = await TestViewer.connect(`${api.url({ tag, x: 1 })}&x=2`, [], {
        headers,
        origin: 'https://page.example',
      });
      const event = await api.kept(tag);

      const { requestContext: context } = event;
      assert.deepEqual(keysOf(event), [
        'headers',
        'isBase64Encoded',
        'multiValueHeaders',
        'multiValueQueryStringParameters',
        'queryStringParameters',
        'requestContext',
        'stageVariables',
      ]);
      assert.deepEqual(keysOf(context), CONTEXT);
      assert.deepEqual([context.routeKey, context.eventType, context.messageDirection], ['$connect', 'CONNECT', 'IN']);
      assert.deepEqual(keysOf(context.identity), ['sourceIp', 'userAgent']);
      assert.equal(context.identity.userAgent, 'test');
      assert.equal(context.stage, new URL(api.access.socketUrl).pathname.split('/').pop());
      assert.equal(context.requestId, context.extendedRequestId);
      assert.ok(context.connectedAt <= context.requestTimeEpoch);
      assert.match(context.requestTime, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
      assert.equal(event.isBase64Encoded, false);
      assert.deepEqual(event.queryStringParameters, { tag, x: '2' });
      assert.deepEqual(event.multiValueQueryStringParameters, { tag: [tag], x: ['1', '2'] });
      assert.equal(event.headers.Origin, 'https://page.example');
      assert.equal(event.headers.Cookie, 'a=1; b=2');
      assert.equal(event.headers['X-Custom-CASE'], 'Kept');
      assert.deepEqual(event.multiValueHeaders['X-Custom-CASE'], ['Kept']);
      assert.match(event.headers['X-Amzn-Trace-Id'], /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}/);
      assert.equal(event.headers['X-Forwarded-For'], context.identity.sourceIp);
      assert.deepEqual(keysOf(event.headers), keysOf(event.multiValueHeaders));
      for (const hop of ['Connection', 'Upgrade']) assert.equal(hop in event.headers, false);
      await viewer.close();
    },
  },
  {
    says: 'MESSAGE: context with `messageId`, body, `isBase64Encoded`, nothing else',
    async check(api) {
      const { viewer } = await api.connect();
      const text = 'Grüße 🕰️';
      viewer.send(text);
      const event = JSON.parse(await viewer.text((answer) => answer.includes(text)));

      assert.deepEqual(keysOf(event), ['body', 'isBase64Encoded', 'requestContext', 'stageVariables']);
      assert.deepEqual(keysOf(event.requestContext), [...CONTEXT, 'messageId'].sort());
      assert.equal(event.requestContext.eventType, 'MESSAGE');
      assert.equal(event.requestContext.routeKey, '$default');
      assert.equal(event.body, text);
      assert.equal(event.isBase64Encoded, false);
      await viewer.close();
    },
  },
  {
    says: 'DISCONNECT: four headers, `disconnectStatusCode`, `disconnectReason`',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      await viewer.close();
      const event = await api.kept(ConnectionId);

      const names = ['Host', 'X-Forwarded-For', 'x-api-key', 'x-restapi'];
      assert.deepEqual(keysOf(event.headers), names);
      assert.deepEqual(keysOf(event.multiValueHeaders), names);
      const keys = ['headers', 'isBase64Encoded', 'multiValueHeaders', 'requestContext', 'stageVariables'];
      assert.deepEqual(keysOf(event), keys);
      assert.deepEqual(keysOf(event.requestContext), [...CONTEXT, 'disconnectReason', 'disconnectStatusCode'].sort());
      assert.equal(event.requestContext.eventType, 'DISCONNECT');
      assert.equal(event.requestContext.routeKey, '$disconnect');
      assert.equal(event.isBase64Encoded, false);
    },
  },
  {
    says: '`connectedAt` is constant over a connection',
    async check(api) {
      const tag = crypto.randomUUID();
      const { viewer, event, ConnectionId } = await api.connect({ tag });
      await viewer.close();

      const { connectedAt } = event.requestContext;
      assert.equal((await api.kept(tag)).requestContext.connectedAt, connectedAt);
      assert.equal((await api.kept(ConnectionId)).requestContext.connectedAt, connectedAt);
    },
  },
  {
    says: 'Pairs of code and reason: 1005 with its text, 1001 with an empty one from a browser, 1000 after DELETE',
    async check(api) {
      const endings: [number, string, (viewer: TestViewer, ConnectionId: string) => unknown][] = [
        [1005, 'Client-side close frame status not set', (viewer) => viewer.close()],
        [1001, '', (viewer) => viewer.close(1001)],
        [
          1000,
          'Connection Closed Normally',
          (_, ConnectionId) => api.client.send(new DeleteConnectionCommand({ ConnectionId })),
        ],
      ];
      for (const [code, reason, end] of endings) {
        const { viewer, ConnectionId } = await api.connect();
        await end(viewer, ConnectionId);

        const { disconnectStatusCode, disconnectReason } = (await api.kept(ConnectionId)).requestContext;
        assert.deepEqual([disconnectStatusCode, disconnectReason], [code, reason]);
        await viewer.closed;
      }
    },
  },
  {
    says: '`$disconnect` is best effort',
    settings: { faults: { lostDisconnects: 1 } },
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      await viewer.close();

      const kept = api.kept(ConnectionId).then(() => 'told');
      const silence = new Promise((resolve) => setTimeout(resolve, 500, 'lost'));
      assert.equal(await Promise.race([kept, silence]), 'lost');
    },
  },
  {
    says: 'Ids: 16 characters, URL-safe base64 of 11 bytes, ending in `=`',
    async check(api) {
      const { viewer, event } = await api.connect();

      const { connectionId, requestId, messageId } = event.requestContext;
      for (const id of [connectionId, requestId, messageId]) assert.match(id, ID);
      await viewer.close();
    },
  },
  {
    says: 'Stage variables in the events',
    async check(api) {
      const { viewer, event } = await api.connect();

      assert.deepEqual(event.stageVariables, STAGE_VARIABLES);
      await viewer.close();
    },
  },
  {
    says: '2 hours at most',
    settings: { limits: { connectionMillis: 500 } },
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      const chatter = setInterval(() => viewer.send('still here'), 20);

      assert.deepEqual(await viewer.closed, GOING_AWAY);
      clearInterval(chatter);
      assert.equal((await api.kept(ConnectionId)).requestContext.disconnectStatusCode, 1001);
      assert.equal(AWS_LIMITS.connectionMillis, 2 * 60 * 60 * 1_000);
    },
  },
  {
    says: '10 minutes idle, either direction counts: 1001 `Going away`',
    settings: { limits: { idleMillis: 600 } },
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      for (let turn = 0; turn < 8; turn++) {
        if (turn % 2 === 0) viewer.send('from the client');
        else await api.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'from the server' }));
        await new Promise((resolve) => setTimeout(resolve, 150));
      }

      assert.equal(viewer.socket.readyState, viewer.socket.OPEN);
      assert.deepEqual(await viewer.closed, GOING_AWAY);
      assert.equal(AWS_LIMITS.idleMillis, 10 * 60 * 1_000);
    },
  },
  {
    says: 'A client’s ping gets a pong',
    async check(api) {
      const { viewer } = await api.connect();
      const pong = once(viewer.socket, 'pong');
      viewer.socket.ping('hello');

      assert.equal(String((await pong)[0]), 'hello');
      await viewer.close();
    },
  },
  {
    says: 'Pings keep a connection open beyond the idle timeout',
    settings: { limits: { idleMillis: 600 } },
    async check(api) {
      const { viewer } = await api.connect();
      for (let count = 0; count < 8; count++) {
        viewer.socket.ping();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }

      assert.equal(viewer.socket.readyState, viewer.socket.OPEN);
      await viewer.close();
    },
  },
  {
    says: 'A plain GET of the stage, also with more path: 426',
    async check(api) {
      const url = api.access.socketUrl.replace(/^ws/, 'http');

      for (const path of ['', '/more/path']) assert.equal((await fetch(url + path)).status, 426);
    },
  },
  {
    says: 'New connections: 500 a second; then 429',
    settings: { limits: { newConnectionsPerSecond: 1 } },
    async check(api) {
      const viewer = await TestViewer.connect(api.url());

      assert.equal(await TestViewer.handshakeStatus(api.url()), 429);
      assert.equal(AWS_LIMITS.newConnectionsPerSecond, 500);
      await viewer.close();
    },
  },
  {
    says: 'URL of the handshake: at most 4,096 characters',
    async check(api) {
      const { pathname } = new URL(api.access.socketUrl);
      const query = (length: number) => `?q=${'x'.repeat(length - pathname.length - 3)}`;

      assert.equal(await TestViewer.handshakeStatus(api.access.socketUrl + query(4_096)), 101);
      assert.notEqual(await TestViewer.handshakeStatus(api.access.socketUrl + query(4_097)), 101);
    },
  },
];
