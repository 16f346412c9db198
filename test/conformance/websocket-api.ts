// What a client and an operator see of the deployed API, as one suite over any target: the local platform, a
// LocalStack-compatible emulator, a stage on AWS. docs/fidelity.md names the source of each behaviour.

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { TestViewer } from '../support/test-viewer.ts';

export interface Target {
  readonly name: string;
  /** Capabilities the target is known to lack: their tests are shown as skipped. */
  readonly lacks: readonly Capability[];
  /** Called once before the tests. */
  start(): Promise<TargetAccess>;
}

export interface TargetAccess {
  /** `ws(s)://…/websocket` */
  readonly socketUrl: string;
  /** A client of the @connections API with good credentials. */
  readonly client: ApiGatewayManagementApiClient;
  /** The same with a secret that is wrong. */
  readonly forger: ApiGatewayManagementApiClient;
}

export type Capability = 'signature check' | 'close codes' | 'text frames' | 'connection details' | 'malformed ids';

/** Well-formed, and no connection's: it names a moment long past. */
const GONE_ID = 'AAAAAAAAAAAAAAA=';

export function describeWebSocketApi(target: Target): void {
  const skipUnless = (capability: Capability) =>
    target.lacks.includes(capability) ? `${target.name} lacks: ${capability}` : false;
  let access: TargetAccess;

  async function connect(query = ''): Promise<{ viewer: TestViewer; ConnectionId: string }> {
    const viewer = await TestViewer.connect(access.socketUrl + query);
    viewer.send('who am I?');
    const { connectionId } = await viewer.message('received');
    return { viewer, ConnectionId: connectionId };
  }

  describe(`the WebSocket API on ${target.name}`, () => {
    before(async () => {
      access = await target.start();
    });

    it('gives each connection an id of its own, whatever the viewers call themselves', async () => {
      const [a, b] = await Promise.all([connect('?id=12'), connect('?id=12')]);

      assert.notEqual(a.ConnectionId, b.ConnectionId);
      await Promise.all([a.viewer.close(), b.viewer.close()]);
    });

    it('answers sync by the route response, with the server’s times around it', async () => {
      const viewer = await TestViewer.connect(access.socketUrl);

      viewer.send('{"action":"sync","clientSentAt":12.5}');

      const { clientSentAt, serverReceivedAt, serverSentAt } = await viewer.message('sync');
      assert.equal(clientSentAt, 12.5);
      assert.ok(Number.isInteger(serverReceivedAt) && Number.isInteger(serverSentAt));
      assert.ok(Math.abs(serverSentAt - serverReceivedAt) < 30_000);
      await viewer.close();
    });

    it('refuses an id that is too long', async () => {
      assert.equal(await TestViewer.handshakeStatus(`${access.socketUrl}?id=${'x'.repeat(129)}`), 400);
    });

    it('refuses a foreign origin', async () => {
      const origin = 'https://evil.example';
      assert.equal(await TestViewer.handshakeStatus(access.socketUrl, { origin }), 403);
    });

    it('delivers a POST as one text frame, as it is', { skip: skipUnless('text frames') }, async () => {
      const { viewer, ConnectionId } = await connect();
      const frame = new Promise((resolve) => {
        viewer.socket.on('message', (data, isBinary) => {
          if (data.toString() === 'Grüße 🕰️') resolve(isBinary);
        });
      });

      await access.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'Grüße 🕰️' }));

      assert.equal(await frame, false);
      await viewer.close();
    });

    it('tells of a connection', { skip: skipUnless('connection details') }, async () => {
      const { viewer, ConnectionId } = await connect();

      const { ConnectedAt, LastActiveAt, Identity } = await access.client.send(
        new GetConnectionCommand({ ConnectionId }),
      );

      assert.ok(ConnectedAt && LastActiveAt && ConnectedAt <= LastActiveAt);
      assert.match(Identity?.SourceIp ?? '', /^[0-9a-f.:]+$/);
      await viewer.close();
    });

    it('closes a connection on DELETE with 1000', { skip: skipUnless('close codes') }, async () => {
      const { viewer, ConnectionId } = await connect();

      await access.client.send(new DeleteConnectionCommand({ ConnectionId }));

      assert.equal((await viewer.closed).code, 1000);
      const again = access.client.send(new DeleteConnectionCommand({ ConnectionId }));
      await assert.rejects(again, { name: 'GoneException' });
    });

    it('says GoneException for a connection that has ended', async () => {
      const { viewer, ConnectionId } = await connect();
      await viewer.close();

      for (const command of [
        new PostToConnectionCommand({ ConnectionId, Data: 'hello' }),
        new PostToConnectionCommand({ ConnectionId: GONE_ID, Data: 'hello' }),
      ]) {
        const refused = access.client.send(command);
        await assert.rejects(
          refused,
          ({ name, $metadata }) => name === 'GoneException' && $metadata.httpStatusCode === 410,
        );
      }
    });

    it('says BadRequestException for an id that is none', { skip: skipUnless('malformed ids') }, async () => {
      const refused = access.client.send(new GetConnectionCommand({ ConnectionId: 'nonsense' }));

      await assert.rejects(refused, { name: 'BadRequestException', message: 'Invalid connectionId: nonsense' });
    });

    it('refuses a wrong secret with 403', { skip: skipUnless('signature check') }, async () => {
      const { viewer, ConnectionId } = await connect();

      const refused = access.forger.send(new PostToConnectionCommand({ ConnectionId, Data: 'forged' }));

      await assert.rejects(refused, ({ $metadata }) => $metadata.httpStatusCode === 403);
      assert.ok(!viewer.texts.includes('forged'));
      await viewer.close();
    });

    it('refuses a POST of more than 128 KB with 413, and delivers one of 128 KB', async () => {
      const { viewer, ConnectionId } = await connect();
      const post = (bytes: number) =>
        access.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(bytes) }));

      await assert.rejects(post(131_073), { name: 'PayloadTooLargeException' });
      await post(131_072);

      assert.equal((await viewer.text((text) => text.startsWith('xxx'))).length, 131_072);
      await viewer.close();
    });

    it('closes with 1003 on a binary frame', { skip: skipUnless('close codes') }, async () => {
      const { viewer } = await connect();

      viewer.socket.send(Buffer.from([1, 2, 3]));

      assert.equal((await viewer.closed).code, 1003);
    });

    it('closes with 1009 on a message of more than 128 KB', { skip: skipUnless('close codes') }, async () => {
      const { viewer } = await connect();

      viewer.send('x'.repeat(200 * 1024));

      assert.equal((await viewer.closed).code, 1009);
    });
  });
}
