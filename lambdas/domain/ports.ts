// What the rules need from the world. lambdas/aws implements these on AWS; the tests also on memory and on simulated
// time. Expected results are values; a promise rejects only when the infrastructure failed.

import type { Connection } from './connection.ts';
import type { Layout } from './layout.ts';
import type { FanOutReport, PostOutcome } from './outcomes.ts';

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
  /** Removes the row only if it was written before the moment: `connectedAtMillis < writtenBeforeMillis`. */
  removeOld(connectionId: string, writtenBeforeMillis: number): Promise<void>;
  /** Every connection of the partitions whose row has not expired, in no order.
   *  @param consistency `eventual`: a row put in the last second may be missing, a removed one may still be there */
  list(partitions: readonly number[], nowMillis: number, consistency: 'eventual' | 'strong'): Promise<Listing>;
  /** Says which layout serves these partitions from now on. */
  setLayout(partitions: readonly number[], layout: Layout): Promise<void>;
}

export interface Listing {
  readonly connections: Connection[];
  /** The layout that last said to serve a partition, by partition. */
  readonly layouts: ReadonlyMap<number, Layout | undefined>;
}

/** What is known of a shard's relay. Times are epoch, and 0 for never. */
export interface RelayState {
  /** The last boundary anybody claimed. */
  readonly lastBoundaryMillis: number;
  /** When somebody last came to stand by, or said that it still does. */
  readonly standBySeenMillis: number;
  /** A runner found nobody connected, and none has come since. */
  readonly isIdle: boolean;
  /** The relay was idle since the last claim. */
  readonly hasRested: boolean;
  readonly census: Census;
}

/** Who is connected to a shard, as its leader last counted. */
export interface Census {
  readonly viewers: number;
  /** Addresses that hold as many connections as an address may, or more. */
  readonly crowdedAddresses: readonly string[];
}

/** The item through which the runners of one shard agree who sends which tick, and `$connect` learns of them. */
export interface RelayStore {
  /** The fence: of all claims of one boundary one runner's is won, and none after a later boundary was won. Claiming again
   *  what one has won is won again, so a claim whose answer was lost may be repeated; but not once the relay is idle, or a
   *  repetition that comes late would wake what has gone to rest. Ends idleness.
   *  @param census kept as it is when undefined
   *  @returns the relay as it was before, or undefined when another has won */
  claim(boundaryMillis: number, runnerId: string, census?: Census): Promise<RelayState | undefined>;
  /** Takes the one place to stand by, and ends idleness. The place is free when nobody else holds it, when its holder
   *  leads, or as the terms say.
   *  @returns the relay as it was before, or undefined when the place is not free */
  arrive(runnerId: string, nowMillis: number, terms: ArrivalTerms): Promise<RelayState | undefined>;
  /** Says that the runner still stands by. @returns undefined when another has taken the place */
  standBy(runnerId: string, nowMillis: number): Promise<RelayState | undefined>;
  /** Says that nobody is connected, until the next arrival or claim. */
  markIdle(): Promise<void>;
  /** Strongly consistent. */
  read(): Promise<RelayState>;
  /** Says that a runner is being woken, and by whom. @returns false when somebody else said so after `againAfterMillis` */
  beginWaking(wokenBy: string, nowMillis: number, againAfterMillis: number): Promise<boolean>;
}

/** Whose place a newcomer may take. Epoch. */
export interface ArrivalTerms {
  /** A holder who was last seen before this is dead. */
  readonly seenBeforeMillis: number;
  /** A holder who came before this may be relieved. */
  readonly cameBeforeMillis: number;
}

/** Starts a runner. */
export interface Waker {
  /** Resolves when the start is ordered, not when it has happened. */
  wake(): Promise<void>;
}

/** Delivers one message to one connection. */
export interface Poster {
  /** Gets ready to post: credentials, and so many open HTTP connections. Called before each tick. */
  prepare(connectionCount: number): Promise<void>;
  /** Every refusal is an outcome. Resolves by the deadline, and never rejects.
   *  @param data UTF-8 text
   *  @param deadlineMillis epoch; what has not been answered by then is `timedOut` */
  post(connectionId: string, data: string, deadlineMillis: number): Promise<PostOutcome>;
}

/** All counts are since the last measurements. */
export interface Measurements {
  /** Connections in the last roster. */
  readonly viewers: number;
  /** Less those that nobody got. */
  readonly ticksSent: number;
  /** Ticks that nobody got: not claimed, claimed but not sent, or sent and not one copy arrived although viewers were there. */
  readonly ticksMissed: number;
  /** Claims of a boundary that another runner had claimed: each one a tick that would have gone out twice. */
  readonly claimsLost: number;
  readonly posts: FanOutReport;
  /** From the boundary until a copy left, over all copies. */
  readonly sendDelayP50Millis: number;
  readonly sendDelayP99Millis: number;
  /** From the boundary until the gateway had taken a copy, over all copies for those who are not gone. A copy that it has not taken
   *  counts as 1,023 ms, the longest that a histogram keeps. */
  readonly ageP50Millis: number;
  readonly ageP99Millis: number;
  /** Posts a second while a fan-out was under way. */
  readonly postsPerSecond: number;
}

/** Keeps figures over time. */
export interface Metrics {
  record(measurements: Measurements): void;
  /** Says that nobody is connected, which tells a clock at rest from a dead one. */
  rested(): void;
}

/** A structured log line: a sentence and its facts. */
export interface Log {
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
}
