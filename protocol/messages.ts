// The messages between the server and a viewer, as PROTOCOL.md describes them. The page, the handlers and the tests
// share this file.

import { MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS } from './limits.ts';
import { boundaryMillis, MAX_EPOCH_MILLIS } from './tick.ts';

/** The server's time, sent once per interval on the boundary. The server's times in all messages are Unix times in
 *  milliseconds, except `time`. Example:
 *  `{"type":"tick","sequence":1763861880,"time":"2025-11-23T01:38:00.000Z","sentAt":1763861880004,"intervalMillis":1000}` */
export interface Tick {
  readonly type: 'tick';
  /** Number of the interval that begins at the boundary. Consecutive ticks differ by one: a gap means lost ticks, and a
   *  repeated number means a duplicate. */
  readonly sequence: number;
  /** The boundary in ISO 8601: exactly `sequence * intervalMillis`. */
  readonly time: string;
  /** When this copy left the server, never before the boundary. It differs between the copies of one tick. */
  readonly sentAt: number;
  /** Milliseconds from one tick to the next: 1,000 to 60,000. */
  readonly intervalMillis: number;
}

/** A clock probe from the viewer. Example: `{"action":"sync","clientSentAt":1763861880500.25}` */
export interface SyncRequest {
  readonly action: 'sync';
  /** The viewer's own clock: any finite number. The answer repeats it unchanged. */
  readonly clientSentAt: number;
}

/** The answer to a {@link SyncRequest}. It has three of the four NTP timestamps (RFC 5905, section 8). The viewer adds
 *  the fourth: the time at which the answer arrives. */
export interface SyncReply {
  readonly type: 'sync';
  readonly clientSentAt: number;
  /** When the gateway received the probe. */
  readonly serverReceivedAt: number;
  /** When the function created the answer. */
  readonly serverSentAt: number;
}

/** The answer to any other text. */
export interface Received {
  readonly type: 'received';
  /** The gateway's id of the viewer's connection. An operator needs it to send to the connection or to close it. */
  readonly connectionId: string;
  readonly receivedAt: number;
  /** Length of the received text in UTF-8 bytes. */
  readonly bytes: number;
  /** Only for a malformed request: what is wrong, what is allowed and the value received. */
  readonly error?: string;
}

/** Sent before the server closes the connection, because `DELETE @connections` accepts neither code nor reason. */
export interface Closing {
  readonly type: 'closing';
  /** A close code as in RFC 6455, section 7.4. */
  readonly code: number;
  readonly reason: string;
}

export type ServerMessage = Tick | SyncReply | Received | Closing;

/** Close code of a server that shuts down (RFC 6455, section 7.4.1). */
export const GOING_AWAY = 1001;

/** Returns a function that formats the copies of one tick. Only `sentAt` differs, so the rest is formatted once. */
export function tickFormatter(sequence: number, intervalMillis: number): (sentAtMillis: number) => string {
  const time = new Date(boundaryMillis(sequence, intervalMillis)).toISOString();
  const head = `{"type":"tick","sequence":${sequence},"time":"${time}","sentAt":`;
  const tail = `,"intervalMillis":${intervalMillis}}`;
  return (sentAtMillis) => head + sentAtMillis + tail;
}

export function formatMessage(message: ServerMessage): string {
  return JSON.stringify(message);
}

/** A viewer's text as the server reads it. */
export type ClientMessage =
  | SyncRequest
  | { readonly action: 'other' }
  | { readonly action: 'invalid'; readonly error: string };

/** Reads a viewer's text. Never throws.
 *  @returns `invalid` for a malformed request, `other` for a text that is no request */
export function parseClientMessage(text: string): ClientMessage {
  const message = parseObject(text);
  if (message?.action !== 'sync') return { action: 'other' };
  const { clientSentAt } = message;
  if (typeof clientSentAt === 'number' && Number.isFinite(clientSentAt)) return { action: 'sync', clientSentAt };
  return {
    action: 'invalid',
    error: `sync needs "clientSentAt", a finite number of milliseconds; got ${describe(clientSentAt)}`,
  };
}

/** Reads a server's text. @returns undefined for anything that is not a message of this protocol. */
export function parseServerMessage(text: string): ServerMessage | undefined {
  const message = parseObject(text);
  if (message === undefined) return undefined;
  switch (message.type) {
    case 'tick':
      return isTick(message) ? (message as unknown as Tick) : undefined;
    case 'sync':
      return hasNumbers(message, 'clientSentAt', 'serverReceivedAt', 'serverSentAt')
        ? (message as unknown as SyncReply)
        : undefined;
    case 'received':
      return hasNumbers(message, 'receivedAt', 'bytes') && typeof message.connectionId === 'string'
        ? (message as unknown as Received)
        : undefined;
    case 'closing':
      return hasNumbers(message, 'code') && typeof message.reason === 'string'
        ? (message as unknown as Closing)
        : undefined;
    default:
      return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function hasNumbers(message: Record<string, unknown>, ...keys: string[]): boolean {
  return keys.every((key) => Number.isFinite(message[key]));
}

/** Checks ranges too: a viewer counts by the sequence, shows its boundary as a date and sets timers by the interval. */
function isTick({ sequence, sentAt, intervalMillis, time }: Record<string, unknown>): boolean {
  return (
    Number.isFinite(sentAt) &&
    typeof intervalMillis === 'number' &&
    intervalMillis >= MIN_INTERVAL_SECONDS * 1000 &&
    intervalMillis <= MAX_INTERVAL_SECONDS * 1000 &&
    Number.isSafeInteger(sequence) &&
    Math.abs(boundaryMillis(sequence as number, intervalMillis)) <= MAX_EPOCH_MILLIS &&
    typeof time === 'string'
  );
}

function describe(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
