// Cases of the @connections API, with the AWS SDK and with requests that are signed here.

import assert from 'node:assert/strict';
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { SignatureV4 } from '@smithy/signature-v4';
import { PostSigner } from '../../lambdas/aws/post-signer.ts';
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts';
import { Sha256 } from '../support/sha256.ts';
import type { Access, Behaviour } from './behaviour.ts';

/** A well-formed id of no connection. It contains a time long ago. */
const GONE_ID = 'AAAAAAAAAAAAAAA=';

/** Sends one request to a path below the stage, and returns the raw answer. */
async function request(
  access: Access,
  method: string,
  pathBelow: string,
  body?: string,
  signingDate = new Date(),
): Promise<Response> {
  const { endpoint, credentials, region } = access;
  const { protocol, hostname, port, host, pathname } = new URL(endpoint + pathBelow);
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256 });
  const unsigned = {
    method,
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path: pathname,
    query: {},
    headers: { host },
    body,
  };
  const { headers } = await signer.sign(unsigned, { signingDate });
  return fetch(endpoint + pathBelow, { method, headers, ...(body !== undefined && { body }) });
}

function pathOf(connectionId: string): string {
  return `/@connections/${encodeURIComponent(connectionId)}`;
}

export const CONNECTIONS_API_BEHAVIOURS: readonly Behaviour[] = [
  {
    says: 'POST 200, empty body, sent unchanged as one text frame',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      const text = 'Grüße 🕰️';
      const frame = new Promise((resolve) => {
        viewer.socket.on('message', (data, isBinary) => {
          if (data.toString() === text) resolve(isBinary);
        });
      });

      const answer = await request(api.access, 'POST', pathOf(ConnectionId), text);

      assert.equal(answer.status, 200);
      assert.equal(await answer.text(), '');
      assert.equal(answer.headers.get('content-type'), 'application/json');
      for (const name of ['x-amzn-requestid', 'x-amz-apigw-id', 'x-amzn-trace-id']) {
        assert.ok(answer.headers.get(name), name);
      }
      assert.equal(await frame, false);
      await viewer.close();
    },
  },
  {
    says: 'GET 200 with `connectedAt`, `identity`, `lastActiveAt`',
    async check(api) {
      const { viewer, event, ConnectionId } = await api.connect();

      const { ConnectedAt, LastActiveAt, Identity } = await api.client.send(new GetConnectionCommand({ ConnectionId }));

      assert.equal(ConnectedAt?.getTime(), event.requestContext.connectedAt);
      assert.ok(LastActiveAt && LastActiveAt.getTime() >= event.requestContext.connectedAt);
      assert.equal(Identity?.SourceIp, event.requestContext.identity.sourceIp);
      await viewer.close();
    },
  },
  {
    says: 'GET of a connection that came without User-Agent: `"userAgent":null`',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();

      const answer = await request(api.access, 'GET', pathOf(ConnectionId));

      const { identity } = (await answer.json()) as { identity: object };
      assert.deepEqual({ ...identity, sourceIp: '' }, { sourceIp: '', userAgent: null });
      await viewer.close();
    },
  },
  {
    says: 'Request date more than 5 minutes wrong: 403 `InvalidSignatureException`, `Signature expired: …`',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      const signingDate = new Date(Date.now() - 6 * 60_000);

      const answer = await request(api.access, 'POST', pathOf(ConnectionId), 'late', signingDate);

      assert.equal(answer.status, 403);
      assert.match(answer.headers.get('x-amzn-errortype') ?? '', /^InvalidSignatureException/);
      assert.match(await answer.text(), /Signature expired: \d{8}T\d{6}Z is now earlier than /);
      await viewer.close();
    },
  },
  {
    says: 'DELETE 204; the client sees 1000',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();

      const answer = await request(api.access, 'DELETE', pathOf(ConnectionId));

      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('content-type'), null);
      assert.equal((await viewer.closed).code, 1000);
      await assert.rejects(api.client.send(new DeleteConnectionCommand({ ConnectionId })), { name: 'GoneException' });
    },
  },
  {
    says: 'Gone or unknown: 410, empty body, `x-amzn-errortype: GoneException`',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      await viewer.close();

      for (const id of [ConnectionId, GONE_ID]) {
        for (const [method, body] of [['POST', 'hello'], ['GET'], ['DELETE']] as const) {
          const answer = await request(api.access, method, pathOf(id), body);
          assert.equal(answer.status, 410);
          assert.equal(await answer.text(), '');
          assert.equal(answer.headers.get('x-amzn-errortype'), 'GoneException');
        }
        const post = api.client.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'hello' }));
        await assert.rejects(post, { name: 'GoneException' });
      }
    },
  },
  {
    says: 'Malformed id: 400 `Invalid connectionId: X`',
    async check(api) {
      const get = api.client.send(new GetConnectionCommand({ ConnectionId: 'nonsense' }));

      await assert.rejects(get, { name: 'BadRequestException', message: 'Invalid connectionId: nonsense' });
    },
  },
  {
    says: 'Above 128 KB: 413 `PayloadTooLargeException`',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      const post = (bytes: number) =>
        api.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(bytes) }));

      await assert.rejects(post(MAX_MESSAGE_BYTES + 1), { name: 'PayloadTooLargeException' });
      await post(MAX_MESSAGE_BYTES);

      assert.equal((await viewer.text((text) => text.startsWith('xxx'))).length, MAX_MESSAGE_BYTES);
      await viewer.close();
    },
  },
  {
    says: 'Wrong stage: 403 `Forbidden`',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();

      const answer = await request(api.access, 'POST', `-other${pathOf(ConnectionId)}`, 'hello');

      assert.equal(answer.status, 403);
      assert.deepEqual(await answer.json(), { message: 'Forbidden' });
      await viewer.close();
    },
  },
  {
    says: 'Bad signature: 403; error types and texts',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      const credentials = { ...api.access.credentials, secretAccessKey: 'wrong' };

      const answer = await request({ ...api.access, credentials }, 'POST', pathOf(ConnectionId), 'forged');

      assert.equal(answer.status, 403);
      await api.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'true' }));
      await viewer.text((text) => text === 'true');
      assert.ok(!viewer.texts.includes('forged'));
      await viewer.close();
    },
  },
  {
    says: 'A signature over `content-type`, `host`, `x-amz-date` and the session token, without `x-amz-content-sha256`, is enough',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      const { endpoint, region, credentials } = api.access;

      const { path, headers } = new PostSigner(endpoint, region).sign(ConnectionId, 'lean', Date.now(), credentials);
      const pairs = headers.flatMap((name, at) =>
        at % 2 === 0 ? [[name, headers[at + 1] ?? ''] as [string, string]] : [],
      );
      const answer = await fetch(new URL(path, endpoint), { method: 'POST', headers: pairs, body: 'lean' });

      assert.equal(answer.status, 200);
      assert.equal(
        pairs.some(([name]) => name === 'x-amz-content-sha256'),
        false,
      );
      await viewer.text((text) => text === 'lean');
      await viewer.close();
    },
  },
  {
    says: 'Above the rate: 429 `LimitExceededException` with the text of the SDK’s model',
    settings: { limits: { requestsPerSecond: 0.001, requestBurst: 2 } },
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();

      const post = api.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }));

      await assert.rejects(
        post,
        (error) => error instanceof LimitExceededException && /^The client is sending more than/.test(error.message),
      );
      await viewer.close();
    },
  },
  {
    says: 'The client’s buffer is full: 429',
    async check(api) {
      const { viewer, ConnectionId } = await api.connect();
      // The client reads nothing, so its own buffers fill first, then those of the kernel, then those of the service.
      viewer.socket.pause();
      const Data = 'x'.repeat(MAX_MESSAGE_BYTES);
      const fill = async () => {
        for (let count = 0; count < 500; count++) {
          await api.client.send(new PostToConnectionCommand({ ConnectionId, Data }));
        }
      };

      await assert.rejects(fill(), LimitExceededException);
      viewer.terminate();
    },
  },
];
