// Delays, redelivery, retention and dead letters of a queue.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageQueue, type QueueOptions } from '../../../local/queue/message-queue.ts';

function makeQueue(t: TestContext, changes: Partial<QueueOptions> = {}): MessageQueue {
  const queue = new MessageQueue({
    name: 'example',
    visibilityMillis: 100,
    retentionMillis: 10_000,
    maxReceives: 3,
    ...changes,
  });
  t.after(() => queue.dispose());
  return queue;
}

/** @returns undefined if no message arrives within the time */
async function receiveWithin(queue: MessageQueue, millis: number) {
  return Promise.race([queue.receive(), sleep(millis, undefined)]);
}

describe('a queue', () => {
  it('delivers a message immediately, and one with a delay after the delay', async (t) => {
    const queue = makeQueue(t);
    const startMillis = performance.now();
    queue.send('later', 1);
    queue.send('now', 0);

    const first = await queue.receive();
    const firstMillis = performance.now() - startMillis;
    queue.delete(first?.receiptHandle ?? '');
    const second = await queue.receive();
    const secondMillis = performance.now() - startMillis;

    assert.equal(first?.body, 'now');
    assert.ok(firstMillis < 500, `${firstMillis} ms`);
    assert.equal(second?.body, 'later');
    assert.ok(secondMillis >= 998 && secondMillis < 1_500, `${secondMillis} ms`);
  });

  for (const [direction, stepMillis] of [
    ['back', -600_000],
    ['ahead', 600_000],
  ] as const) {
    it(`delivers a message on time if the wall clock is set ${direction}`, async (t) => {
      const queue = makeQueue(t);
      const startMillis = performance.now();
      queue.send('hello', 1);
      const realNow = Date.now;
      t.mock.method(Date, 'now', () => realNow() + stepMillis);

      const message = await queue.receive();

      const tookMillis = performance.now() - startMillis;
      assert.ok(tookMillis >= 998 && tookMillis < 1_500, `${tookMillis} ms`);
      assert.ok(Math.abs((message?.sentAtMillis ?? 0) - realNow()) < 2_000);
    });
  }

  it('hides a received message, and delivers it again until it is deleted', async (t) => {
    const queue = makeQueue(t, { visibilityMillis: 200 });
    const { messageId } = queue.send('hello', 0);

    const first = await queue.receive();
    assert.equal(await receiveWithin(queue, 100), undefined);
    // The receive above, which nothing awaits, gets the message.
    await sleep(150);
    const third = await queue.receive();
    queue.delete(third?.receiptHandle ?? '');

    assert.equal(first?.receives, 1);
    assert.equal(third?.receives, 3);
    assert.equal(third?.messageId, messageId);
    assert.notEqual(third?.receiptHandle, first?.receiptHandle);
    assert.equal(third?.firstReceivedAtMillis, first?.firstReceivedAtMillis);
    assert.equal(await receiveWithin(queue, 300), undefined);
    assert.deepEqual(queue.deadLetters, []);
  });

  it('moves a message to the dead-letter queue after three receives', async (t) => {
    const buried: string[] = [];
    const queue = makeQueue(t, { visibilityMillis: 30, onDeadLetter: ({ body }) => buried.push(body) });
    queue.send('poison', 0);

    for (let receive = 1; receive <= 3; receive++) assert.equal((await queue.receive())?.receives, receive);

    assert.equal(await receiveWithin(queue, 100), undefined);
    assert.deepEqual(buried, ['poison']);
    assert.deepEqual(
      queue.deadLetters.map(({ body }) => body),
      ['poison'],
    );
  });

  it('drops a message that is older than the retention, without moving it to the dead-letter queue', async (t) => {
    const queue = makeQueue(t, { visibilityMillis: 100, retentionMillis: 50 });
    queue.send('received once', 0);
    await queue.receive();
    queue.send('never received', 0);
    await sleep(150);

    assert.equal(await receiveWithin(queue, 100), undefined);
    assert.deepEqual(queue.deadLetters, []);
  });

  it('delivers late, twice or not at all, as its options say', async (t) => {
    const latenesses: Record<string, number[]> = { lost: [], twice: [0, 50], late: [100] };
    const queue = makeQueue(t, { lateness: (body) => latenesses[body] ?? [0] });
    for (const body of ['lost', 'late', 'twice']) queue.send(body, 0);

    const bodies: (string | undefined)[] = [];
    for (let count = 0; count < 3; count++) {
      const message = await queue.receive();
      queue.delete(message?.receiptHandle ?? '');
      bodies.push(message?.body);
    }

    assert.deepEqual(bodies, ['twice', 'twice', 'late']);
    assert.equal(await receiveWithin(queue, 200), undefined);
  });

  it('ends waiting receives when it is disposed of', async (t) => {
    const queue = makeQueue(t);
    const waiting = queue.receive();

    queue.dispose();

    assert.equal(await waiting, undefined);
    queue.send('too late', 0);
    assert.equal(await queue.receive(), undefined);
  });
});
