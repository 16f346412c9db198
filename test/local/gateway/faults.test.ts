import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { drawFault, type Faults, REQUEST_FAULTS } from '../../../local/gateway/faults.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { TestViewer } from '../../support/test-viewer.ts';

describe('faults', () => {
  it('occur with their shares', () => {
    const faults: Faults = { requests: { throttled: 0.25, gone: 0.125, reset: 0.125 } };
    const counts: Record<string, number> = {};
    for (let step = 0; step < 100; step++) {
      const fault = String(drawFault(faults, step / 100));
      counts[fault] = (counts[fault] ?? 0) + 1;
    }

    assert.deepEqual(counts, { throttled: 25, gone: 13, reset: 12, undefined: 50 });
  });

  const expected = {
    throttled: 'LimitExceededException',
    gone: 'GoneException',
    failing: 'InternalServerErrorException',
    silent: 'AbortError',
    reset: 'ECONNRESET',
  } as const;
  for (const fault of REQUEST_FAULTS) {
    it(`reach the SDK: ${fault}`, async (t) => {
      const connected = Promise.withResolvers<string>();
      const $connect = (event: { requestContext: { connectionId: string } }) => {
        connected.resolve(event.requestContext.connectionId);
        return { statusCode: 200 };
      };
      const { client, gateway, socketUrl } = await startTestGateway(t, { $connect });
      const viewer = await TestViewer.connect(socketUrl);
      const post = (patienceMillis = 5_000) =>
        client.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'now' }), {
          abortSignal: AbortSignal.timeout(patienceMillis),
        });
      const id = await connected.promise;

      gateway.setFaults({ requests: { [fault]: 1 } });
      const error = await post(fault === 'silent' ? 100 : 5_000).then(
        () => assert.fail('it was delivered'),
        (reason: Error & { code?: string }) => reason,
      );
      assert.ok([error.name, error.code].includes(expected[fault]), `${error.name} ${error.code}`);

      gateway.setFaults({});
      await post();
      await viewer.close();
    });
  }

  it('delay answers', async (t) => {
    const { endpoint } = await startTestGateway(t, {}, { faults: { latencyMillis: 60 } });
    const before = performance.now();
    await fetch(`${endpoint}/@connections/AAAAAAAAAAAAAAA%3D`);

    assert.ok(performance.now() - before >= 59);
  });

  it('can drop $disconnect events and close connections', async (t) => {
    const ended: number[] = [];
    const ids: string[] = [];
    const $connect = (event: { requestContext: { connectionId: string } }) => {
      ids.push(event.requestContext.connectionId);
      return { statusCode: 200 };
    };
    const $disconnect = (event: { requestContext: { disconnectStatusCode: number } }) => {
      ended.push(event.requestContext.disconnectStatusCode);
    };
    const { gateway, socketUrl } = await startTestGateway(t, { $connect, $disconnect });
    const viewers = [await TestViewer.connect(socketUrl), await TestViewer.connect(socketUrl)];

    gateway.setFaults({ lostDisconnects: 1 });
    const closed = viewers.map((viewer) => new Promise((resolve) => viewer.socket.once('close', resolve)));
    assert.equal(gateway.cut(ids[0] ?? ''), true);
    assert.equal(await closed[0], 1006);
    gateway.setFaults({});
    assert.equal(gateway.cut(ids[1] ?? ''), true);
    await closed[1];
    while (gateway.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));

    assert.equal(gateway.cut(ids[0] ?? ''), false);
    assert.deepEqual(ended, [1006]);
  });
});
