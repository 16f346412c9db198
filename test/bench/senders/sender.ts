// Types, constants and helpers that all senders of the fan-out benchmark share.

import { tickFormatter } from '../../../protocol/messages.ts';
import { sequenceAt } from '../../../protocol/tick.ts';

/** Sends one tick to all connections. @returns the number of connections that received it */
export type Send = () => Promise<number>;

/** @param endpoint URL of the stage */
export type SenderFactory = (endpoint: string, connectionIds: readonly string[]) => Send;

export const POOL_SIZE = 200;
export const INTERVAL_MILLIS = 1_000;
export const REGION = 'us-east-1';

/** A Lambda function's credentials have a session token. It is signed and sent with each request. */
export const CREDENTIALS = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE'.repeat(32),
};

/** Rejects if the text was not delivered. */
export type Post = (connectionId: string, text: string) => Promise<unknown>;

/** Keeps {@link POOL_SIZE} posts in flight. Each text contains the time at which it is sent. */
export async function sendInPool(connectionIds: readonly string[], post: Post): Promise<number> {
  const format = formatterOfNow();
  let next = 0;
  let delivered = 0;
  const worker = async () => {
    while (next < connectionIds.length) {
      try {
        await post(connectionIds[next++] ?? '', format(Date.now()));
        delivered++;
      } catch {}
    }
  };
  await Promise.all(Array.from({ length: POOL_SIZE }, worker));
  return delivered;
}

export async function sendAtOnce(connectionIds: readonly string[], post: Post): Promise<number> {
  const format = formatterOfNow();
  const results = await Promise.allSettled(connectionIds.map((id) => post(id, format(Date.now()))));
  return results.filter(({ status }) => status === 'fulfilled').length;
}

function formatterOfNow(): (sentAtMillis: number) => string {
  return tickFormatter(sequenceAt(Date.now(), INTERVAL_MILLIS), INTERVAL_MILLIS);
}
