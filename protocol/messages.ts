// The messages between the server and a viewer. PROTOCOL.md is the same contract in prose. The page, the handlers and the
// tests share these files.

import { MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS } from './limits.ts';
import { boundaryMillis, MAX_EPOCH_MILLIS } from './tick.ts';

/** The server's time, pushed once per interval on the boundary. All times are milliseconds since the Unix epoch, UTC.
 *  Example: `{"type":"tick","sequence":1763861880,"time":"2025-11-23T01:38:00.000Z","sentAt":1763861880004,"intervalMillis":1000}` */
export interface Tick {
  readonly type: 'tick';
  /** `sequenceAt` of the boundary; consecutive ticks differ by one, so a gap is a loss and a repeat a double. */
  readonly sequence: number;
  /** The boundary itself as an ISO 8601 instant: exactly `sequence * intervalMillis`. */
  readonly time: string;
  /** When this copy left the server; never before the boundary. Copies of one tick differ here. */
  readonly sentAt: number;
  /** From one tick to the next: 1,000 to 60,000. */
  readonly intervalMillis: number;
}

/** A clock probe from the viewer, text such as `{"action":"sync","clientSentAt":1763861880500.25}`. */
export interface SyncRequest {
  readonly action: 'sync';
  /** The viewer's own clock, echoed untouched: any finite number. */
  readonly clientSentAt: number;
}

/** The answer to a {@link SyncRequest}: three of the four NTP timestamps (RFC 5905, section 8); the viewer has the
 *  fourth, its own time of arrival. */
export interface SyncReply {
  readonly type: 'sync';
  readonly clientSentAt: number;
  /** When the gateway received the probe. */
  readonly serverReceivedAt: number;
  /** When the function handed the answer back. */
  readonly serverSentAt: number;
}

/** The acknowledgement of any other text. */
export interface Received {
  readonly type: 'received';
  /** The gateway's id of the viewer's own connection: what an operator needs to write to it or to close it. */
  readonly connectionId: string;
  readonly receivedAt: number;
  /** Length of the received text in UTF-8 bytes. */
  readonly bytes: number;
  /** Present when the text looked like a request but was not a valid one: what was wrong, got, allowed. */
  readonly error?: string;
}

/** Sent before the server closes the connection, because `DELETE @connections` can carry neither code nor reason. */
export interface Closing {
  readonly type: 'closing';
  /** A close code as in RFC 6455, section 7.4. */
  readonly code: number;
  readonly reason: string;
}

export type ServerMessage = Tick | SyncReply | Received | Closing;

/** The endpoint is going away; sent when the server shuts down (RFC 6455, section 7.4.1). */
export const GOING_AWAY = 1001;

/** Makes the copies of one tick: everything but `sentAt` is formatted once. */
export function tickFormatter(sequence: number, intervalMillis: number): (sentAtMillis: number) => string {
  const time = new Date(boundaryMillis(sequence, intervalMillis)).toISOString();
  const head = `{"type":"tick","sequence":${sequence},"time":"${time}","sentAt":`;
  const tail = `,"intervalMillis":${intervalMillis}}`;
  return (sentAtMillis) => head + sentAtMillis + tail;
}

export function formatMessage(message: ServerMessage): string {
  return JSON.stringify(message);
}

/** What a viewer sent, as far as the server understands it. */
export type ClientMessage =
  | SyncRequest
  | { readonly action: 'other' }
  | { readonly action: 'invalid'; readonly error: string };

/** Reads a viewer's text. Never throws: what is not a request is `other`, a malformed request is `invalid`. */
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

/** A viewer counts by the sequence, shows its moment and sets timers by the interval. */
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
