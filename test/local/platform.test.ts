// The addresses of the local platform, and its startup.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { type LocalOptions, startLocal } from '../../local/start-local.ts';
import { WITHOUT_IPV6 } from '../support/ipv6.ts';
import { TestViewer } from '../support/test-viewer.ts';
import { sendBatch } from './queue/queue-client.ts';

async function start(t: TestContext, options: LocalOptions = {}) {
  const logs: string[] = [];
  const platform = await startLocal({ output: (text) => logs.push(text), ...options });
  t.after(() => platform.dispose());
  const { port } = new URL(platform.siteUrl);
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = logs
        .join('')
        .split('\n')
        .find((text) => pattern.test(text));
      if (found !== undefined) return found;
      await sleep(10);
    }
  };
  return { platform, port, line };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the local platform', () => {
  it('answers every request that it accepts while it starts', async (t) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const signal = () => AbortSignal.timeout(5_000);
    const outcomes = new Set<string>();
    let isStarted = false;
    const knock = async () => {
      while (!isStarted) {
        const response = await fetch(url, { signal: signal() }).catch((error) => error.cause?.code ?? error.name);
        outcomes.add(String(response.status ?? response));
      }
    };

    const knocking = Promise.all([knock(), knock()]);
    await start(t, { port });
    isStarted = true;
    await knocking;

    assert.deepEqual(
      [...outcomes].filter((outcome) => outcome !== 'ECONNREFUSED' && outcome !== '404'),
      [],
    );
    assert.equal((await fetch(url, { signal: signal() })).status, 404);
  });

  it('serves both loopback addresses by default', { skip: WITHOUT_IPV6 }, async (t) => {
    const { platform, port } = await start(t);

    assert.equal(platform.siteUrl, `http://localhost:${port}/`);
    for (const host of ['127.0.0.1', '[::1]']) {
      assert.equal((await fetch(`http://${host}:${port}/`)).status, 404);
      const viewer = await TestViewer.connect(`ws://${host}:${port}/websocket`);
      await viewer.message('tick');
    }
  });

  for (const [host, shown] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['0.0.0.0', 'localhost'],
  ]) {
    const skip = host === '::1' && WITHOUT_IPV6;
    it(`sends ticks if it listens only on ${host}`, { skip }, async (t) => {
      const { platform, port } = await start(t, { host });

      assert.equal(platform.siteUrl, `http://${shown}:${port}/`);
      const viewer = await TestViewer.connect(`ws://${host === '::1' ? '[::1]' : host}:${port}/websocket`);
      await viewer.message('tick');
    });
  }

  it('logs the IPv4 address of an IPv4 viewer when it listens on ::', { skip: WITHOUT_IPV6 }, async (t) => {
    const { port, line } = await start(t, { host: '::' });

    const viewer = await TestViewer.connect(`ws://127.0.0.1:${port}/websocket`);

    await viewer.message('tick');
    assert.equal(JSON.parse(await line(/a viewer connected/)).address, '127.0.0.1');
  });

  it('leaves nothing running if its port is in use on ::1', { skip: WITHOUT_IPV6 }, async (t) => {
    const other = createServer().listen(0, '::1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ended: Promise<unknown>[] = [];
    const watch = (worker: Worker) => ended.push(once(worker, 'exit'));
    process.on('worker', watch);

    await assert.rejects(startLocal({ port }), { code: 'EADDRINUSE' });

    process.off('worker', watch);
    assert.equal(ended.length, 1, 'the thread of the table');
    await Promise.all(ended);
    // The first address was free, and is free again.
    await start(t, { port, host: '127.0.0.1' });
  });

  it('starts a runner for a message of the wake queue of its shard', async (t) => {
    const { platform, line } = await start(t, { shards: 2, schedulePeriodMillis: 3_600_000 });
    const [, queueUrl = ''] = platform.wakeQueueUrls;
    const wake = { reason: 'wake', delaySeconds: 0, sentBy: 'a test', shard: 1 };

    const { status } = await sendBatch(queueUrl, [{ Id: 'a', MessageBody: JSON.stringify(wake), DelaySeconds: 0 }]);

    assert.equal(status, 200);
    await line(/^(?=.*"shard":1\b)(?=.*"reason":"wake").*a runner arrived/);
  });

  it('logs the options that allow a refused origin', async (t) => {
    const { platform, line } = await start(t);

    assert.equal(await TestViewer.handshakeStatus(platform.socketUrl, { origin: 'https://shop.example' }), 403);

    const { reason, remedy } = JSON.parse(await line(/refused a viewer/));
    assert.match(reason, /^Origin "https:\/\/shop\.example" may not connect; allowed: http:\/\/localhost:/);
    assert.match(remedy, /--allow-origin .* allowedOrigins=/);
  });
});
