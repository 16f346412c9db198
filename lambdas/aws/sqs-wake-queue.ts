// The wake queue of one shard in SQS. It sends its requests with `fetch` and the SDK's signer, which the table's client
// needs anyway. The SDK's SQS client would make every cold start of `$connect` a fifth longer, for a call that is rare.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ObservedDate } from '../domain/clock-proof.ts';
import type { Clock, WakeQueue } from '../domain/ports.ts';
import type { QueuedWake } from '../events.ts';

const TIMEOUT_MILLIS = 1_000;

/** Clock differences below this limit are not corrected. AWS refuses a signature whose date is five minutes off. */
const TOLERATED_SKEW_MILLIS = 4 * 60_000;

export interface SqsWakeQueueOptions {
  /** URL of the queue. */
  readonly queueUrl: string;
  /** Endpoint of SQS, such as an emulator's; undefined for the origin of the URL. */
  readonly endpoint: string | undefined;
  readonly shard: number;
  readonly clock: Clock;
  /** Called with the `Date` of each answer. */
  onDate?(date: ObservedDate): void;
}

/** @param client whose region and credentials are used */
export function makeSqsWakeQueue(client: DynamoDBDocumentClient, options: SqsWakeQueueOptions): WakeQueue {
  const { queueUrl, shard, clock } = options;
  const { region, credentials, sha256 } = client.config;
  const signer = new SignatureV4({ service: 'sqs', region, credentials, sha256 });
  const url = new URL('/', options.endpoint ?? queueUrl);
  /** Added to the wall clock in the dates of signatures. */
  let skewMillis = 0;

  async function request(init: RequestInit): Promise<Response> {
    const askedAtMonotonicMillis = clock.monotonicMillis();
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
    const answeredAtMonotonicMillis = clock.monotonicMillis();
    const dateMillis = Date.parse(response.headers.get('date') ?? '');
    options.onDate?.({ dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis });
    return response;
  }

  /** Corrects the dates of signatures if the machine's clock is wrong, because a runner with a wrong clock must still
   *  be able to call another runner. After a refusal, requests are dated by the queue's clock if the clocks differ. If
   *  such a request is refused too, they are dated by the wall clock again. */
  function adjustClock(response: Response): void {
    const differenceMillis = Date.parse(response.headers.get('date') ?? '') - clock.now();
    const isWrong = Math.abs(differenceMillis) > TOLERATED_SKEW_MILLIS;
    skewMillis = isWrong && skewMillis === 0 ? differenceMillis : 0;
  }

  async function sendOnce(body: string): Promise<void> {
    const headers = {
      host: url.host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessageBatch',
    };
    const { protocol, hostname, port, pathname: path } = url;
    const portPart = port === '' ? {} : { port: Number(port) };
    const unsigned = { method: 'POST', protocol, hostname, ...portPart, path, query: {}, headers, body };
    const signed = await signer.sign(unsigned, { signingDate: new Date(clock.now() + skewMillis) });
    const response = await request({ method: 'POST', headers: signed.headers, body });
    const answer = await response.text();
    const { Failed = [] } = response.status === 200 ? JSON.parse(answer) : {};
    if (response.status === 200 && Failed.length === 0) return;
    if (response.status === 400 || response.status === 403) adjustClock(response);
    throw new Error(`the queue answered ${response.status}: ${answer.slice(0, 500)}`);
  }

  return {
    async send(messages) {
      const Entries = messages.map((message, index) => {
        const wake: QueuedWake = { shard, ...message };
        return { Id: String(index), MessageBody: JSON.stringify(wake), DelaySeconds: message.delaySeconds };
      });
      const body = JSON.stringify({ QueueUrl: queueUrl, Entries });
      // Retry once: a kept connection may have broken while the environment was frozen, or the signature had a wrong
      // date. A duplicate message does no harm.
      await sendOnce(body).catch(() => sendOnce(body));
    },

    async requestDate() {
      // SQS refuses a request without a signature, and its answer has a `Date` (unconfirmed). The request is free.
      await request({ method: 'POST' })
        .then((response) => response.text())
        .catch(() => {});
    },
  };
}
