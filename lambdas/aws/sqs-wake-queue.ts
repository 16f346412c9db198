// The wake queue of one shard in SQS. By hand with the SDK's signer, which the table's client brings along: the client of SQS
// would lengthen every cold start of `$connect` by a fifth for a call that is seldom made.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HeardDate } from '../domain/clock-proof.ts';
import type { Clock, WakeQueue } from '../domain/ports.ts';
import type { QueuedWake } from '../events.ts';

const TIMEOUT_MILLIS = 1_000;

/** AWS refuses a signature whose date is five minutes off. */
const TOLERATED_SKEW_MILLIS = 4 * 60_000;

export interface SqsWakeQueueOptions {
  /** URL of the queue. */
  readonly queueUrl: string;
  /** Where requests go when not to the origin of the URL. */
  readonly endpoint: string | undefined;
  readonly shard: number;
  readonly clock: Clock;
  /** Called with the `Date` of each answer. */
  onDate?(heard: HeardDate): void;
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

  /** A runner whose clock is wrong calls another runner by this queue: a request that is refused for its date is dated by the
   *  queue's clock from then on. When that is refused too, the wall clock counts again. */
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
      // Once more: a kept connection may have died while the environment was frozen, or the signature's date was wrong. A message
      // that arrives twice does no harm.
      await sendOnce(body).catch(() => sendOnce(body));
    },

    async ask() {
      // Without a signature the request is refused, with a `Date` (unconfirmed). It costs nothing.
      await request({ method: 'POST' })
        .then((response) => response.text())
        .catch(() => {});
    },
  };
}
