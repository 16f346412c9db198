// The behaviour of Amazon SQS that the relay needs, as cases for any target: the local queue and an emulator.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { callQueue, sendBatch } from '../local/queue/queue-client.ts';

export interface QueueTarget {
  readonly name: string;
  /** Skipped cases, each with the behaviour of the target. */
  readonly lacks: Readonly<Record<string, string>>;
  /** Creates a queue for one test. */
  start(t: TestContext): Promise<QueueAccess>;
}

export interface QueueAccess {
  readonly queueUrl: string;
  /** Resolves with the next message that arrives. */
  receive(): Promise<{ readonly body: string; readonly sentAtMillis: number }>;
}

interface QueueCase {
  readonly says: string;
  check(access: QueueAccess): Promise<void>;
}

/** Maximum difference of a `Date`, which has whole seconds. */
const DATE_SLACK_MILLIS = 2_000;

/** Maximum lateness of a message. No published source says how precise a delay is. */
const LATENESS_MILLIS = 1_500;

const CASES: readonly QueueCase[] = [
  {
    says: 'A batch is taken: `Successful` has the id and the MD5 of each body, and the answer has a `Date`',
    async check({ queueUrl, receive }) {
      const entries = [{ Id: 'a', MessageBody: 'hello', DelaySeconds: 0 }];

      const { status, headers, body } = await sendBatch(queueUrl, entries);

      assert.equal(status, 200);
      assertNow(headers);
      const [{ Id, MD5OfMessageBody, MessageId }] = body.Successful;
      assert.deepEqual([Id, MD5OfMessageBody], ['a', '5d41402abc4b2a76b9719d911017c592']);
      assert.match(MessageId, /^[0-9a-f-]{36}$/);
      assert.deepEqual(body.Failed ?? [], []);
      const message = await receive();
      assert.equal(message.body, 'hello');
      assert.ok(Math.abs(message.sentAtMillis - Date.now()) < DATE_SLACK_MILLIS);
    },
  },
  {
    says: 'A message arrives after its delay, in whole seconds, and not before',
    async check({ queueUrl, receive }) {
      const startMillis = Date.now();
      const delays = [2, 1, 0];
      const entries = delays.map((DelaySeconds) => ({
        Id: `${DelaySeconds}`,
        MessageBody: `${DelaySeconds}`,
        DelaySeconds,
      }));

      await sendBatch(queueUrl, entries);

      for (const delaySeconds of delays.toReversed()) {
        const { body, sentAtMillis } = await receive();
        const afterMillis = Date.now() - startMillis;
        assert.equal(body, `${delaySeconds}`);
        assert.ok(afterMillis >= delaySeconds * 1_000 - 20, `${body}: ${afterMillis} ms`);
        assert.ok(afterMillis < delaySeconds * 1_000 + LATENESS_MILLIS, `${body}: ${afterMillis} ms`);
        // The time at which the queue accepted the message, not the time of its arrival.
        assert.ok(Math.abs(sentAtMillis - startMillis) < 1_000, `${sentAtMillis - startMillis}`);
      }
    },
  },
  {
    says: 'A delay beyond 900 s is refused, and the other messages of the batch are taken',
    async check({ queueUrl, receive }) {
      const { status, body } = await sendBatch(queueUrl, [
        { Id: 'a', MessageBody: 'late', DelaySeconds: 901 },
        { Id: 'b', MessageBody: 'hello', DelaySeconds: 0 },
      ]);

      assert.equal(status, 200);
      assert.deepEqual(
        body.Failed.map(({ Id, Code }: Record<string, string>) => [Id, Code]),
        [['a', 'InvalidParameterValue']],
      );
      assert.equal((await receive()).body, 'hello');
    },
  },
  {
    says: 'A queue that does not exist: 400 `QueueDoesNotExist`, with a `Date`',
    async check({ queueUrl }) {
      const entries = [{ Id: 'a', MessageBody: 'hello', DelaySeconds: 0 }];

      const { status, headers, body } = await sendBatch(`${queueUrl}-not`, entries);

      assert.equal(status, 400);
      assert.match(body.__type, /(^|#)QueueDoesNotExist$/);
      assertNow(headers);
    },
  },
  {
    says: 'A request without a signature is refused, with a `Date`',
    async check({ queueUrl }) {
      const { status, headers } = await fetch(new URL('/', queueUrl), { method: 'POST' });

      assert.ok(status >= 400 && status < 500, `${status}`);
      assertNow(headers);
    },
  },
  {
    says: 'A wrong signature is refused with 403, and the answer has a `Date`',
    async check({ queueUrl }) {
      const input = { QueueUrl: queueUrl, MessageBody: 'hello' };

      const { status, headers } = await callQueue(queueUrl, 'SendMessage', input, { secretAccessKey: 'wrong' });

      assert.equal(status, 403);
      assertNow(headers);
    },
  },
];

/** @throws Error if the target lists a case that does not exist */
export function describeQueue({ name, lacks, start }: QueueTarget): void {
  const unknown = Object.keys(lacks).filter((says) => !CASES.some((one) => one.says === says));
  if (unknown.length > 0) throw new Error(`${name} is said to lack behaviours of SQS that are no cases: ${unknown}`);

  describe(`the behaviour of SQS on ${name}`, { concurrency: true }, () => {
    for (const { says, check } of CASES) {
      const lack = lacks[says];
      it(says, { skip: lack === undefined ? false : `${name}: ${lack}` }, async (t) => check(await start(t)));
    }
  });
}

function assertNow(headers: Headers): void {
  const date = headers.get('date') ?? '';
  assert.ok(Math.abs(Date.parse(date) - Date.now()) < DATE_SLACK_MILLIS, `Date: ${date}`);
}
