// What the rules need from the world. lambdas/aws implements these on AWS; the tests also on memory and on simulated
// time. Expected results are values; a promise rejects only when the infrastructure failed.

import type { Connection } from './connection.ts';

/** Wall-clock time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves at the moment or after it, never before; at once when it has passed. */
  sleepUntil(epochMillis: number): Promise<void>;
}

/** The rows of the connected viewers. */
export interface ConnectionStore {
  put(connection: Connection): Promise<void>;
  /** Removing a row that is not there is no error. */
  remove(connectionId: string): Promise<void>;
  /** Every connection whose row has not expired, in no order. Eventually consistent: a row put in the last second may
   *  be missing, a removed one may still be there. */
  list(nowMillis: number): Promise<Connection[]>;
}

/** The item through which runners agree who sends which tick. */
export interface RelayStore {
  /** The fence: of all claims of one boundary at most one is won, and none after a later boundary was won. */
  claim(boundaryMillis: number, runnerId: string): Promise<Claim>;
  /** Announces that the runner is ready to follow the leader. There is one place: it is free when nobody holds it, when
   *  its holder has become the leader, or when its holder was last seen before `staleBeforeMillis`. */
  standBy(nowMillis: number, runnerId: string, staleBeforeMillis: number): Promise<StandBy>;
}

export interface Claim {
  readonly won: boolean;
  /** When another runner last announced that it stands by; 0 for never, or when the claim was lost. */
  readonly standBySeenMillis: number;
}

export interface StandBy {
  /** False when another runner holds the place. */
  readonly accepted: boolean;
  /** The last boundary anybody claimed; 0 before the first, or when not accepted. */
  readonly lastBoundaryMillis: number;
}

/** Delivers one message to one connection. */
export interface Poster {
  /** Expected refusals are outcomes. Resolves by the deadline.
   *  @param data UTF-8 text
   *  @param deadlineMillis epoch; what has not been answered by then is `timedOut` */
  post(connectionId: string, data: string, deadlineMillis: number): Promise<PostOutcome>;
}

/** `gone`: the gateway answered 410. `failed`: any other refusal, or no answer for a reason other than time. */
export type PostOutcome = 'delivered' | 'gone' | 'throttled' | 'timedOut' | 'failed';

/** A structured log line: a sentence and its facts. */
export interface Log {
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
}
