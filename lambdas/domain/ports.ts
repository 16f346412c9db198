// What the rules need from the world. lambdas/aws implements these ports on AWS; the tests also in memory and on simulated
// time. Expected results are values; a promise rejects only when the infrastructure failed.

import type { Connection } from './connection.ts';
import type { Layout } from './layout.ts';
import type { FanOutReport, PostOutcome } from './outcomes.ts';

/** The clocks of the machine. */
export interface Clock {
  /** Wall clock: milliseconds since the Unix epoch. It may be wrong, and it may be set at any moment. */
  now(): number;
  /** Monotonic clock: milliseconds since an arbitrary moment. It is never set. */
  monotonicMillis(): number;
  /** Resolves when the wall clock shows this time or a later one; at once when it has passed. If the wall clock is set back
   *  meanwhile, resolves when the wait has lasted {@link STEP_MILLIS} longer than it should have by the monotonic clock. */
  sleepUntil(epochMillis: number): Promise<void>;
}

/** Two clocks of one machine that part by more than this were set, not corrected. */
export const STEP_MILLIS = 250;

/** The rows of the connected viewers. */
export interface ConnectionStore {
  put(connection: Connection): Promise<void>;
  /** Removing a row that does not exist is not an error. */
  remove(connectionId: string): Promise<void>;
  /** Removes the row only if it was written before the moment: `connectedAtMillis < writtenBeforeMillis`. */
  removeOld(connectionId: string, writtenBeforeMillis: number): Promise<void>;
  /** Every connection of the partitions whose row has not expired, in no order. Strongly consistent. */
  list(partitions: readonly number[], nowMillis: number): Promise<Listing>;
  /** Names the layout that serves these partitions from now on. */
  setLayout(partitions: readonly number[], layout: Layout): Promise<void>;
}

export interface Listing {
  readonly connections: Connection[];
  /** The layout that was last named for a partition, by partition. */
  readonly layouts: ReadonlyMap<number, Layout | undefined>;
}

/** The relay item of a shard. Times are Unix times in milliseconds, 0 for never. */
export interface RelayState {
  /** The last boundary that was claimed. */
  readonly lastBoundaryMillis: number;
  /** The boundary that was claimed before it, except that replacing a void boundary keeps this one. */
  readonly priorBoundaryMillis: number;
  /** Runner that claimed the last boundary. */
  readonly leader: string | undefined;
  /** Runner that claimed the prior boundary. */
  readonly priorLeader: string | undefined;
  /** A runner found no viewers, and no viewer has connected since. */
  readonly isEmpty: boolean;
  /** The relay was empty at some time since the last claim. */
  readonly wasEmptySinceLastClaim: boolean;
  /** Viewers admitted so far. It only ever grows; the roster is read when it has changed. */
  readonly arrivals: number;
  readonly crowdedAddresses: readonly string[];
}

/** The connected viewers of a shard, as its leader last counted them. */
export interface Census {
  readonly viewers: number;
  /** {@link RelayState.arrivals} as it was before the roster was read. */
  readonly arrivals: number;
  /** Addresses that hold as many connections as an address may, or more. */
  readonly crowdedAddresses: readonly string[];
}

/** The item through which the runners of a shard agree who sends which tick, and through which `$connect` finds them. */
export interface RelayStore {
  /** Claims a boundary if it is later than the last one. Ends emptiness.
   *  @param census kept as it is when undefined
   *  @returns the relay before the claim; undefined when this boundary or a later one had been claimed, which may have been
   *  an earlier attempt of this runner whose answer was lost */
  claim(boundaryMillis: number, runnerId: string, census?: Census): Promise<RelayState | undefined>;
  /** Writes the census, for a runner that claims no further tick. Does nothing when another runner has made a claim since. */
  keepCensus(runnerId: string, census: Census): Promise<void>;
  /** Claims a boundary in place of a void one.
   *  @param found the relay as it was read: last and prior boundary must be unchanged
   *  @returns false when the relay has changed meanwhile */
  replaceVoid(found: RelayState, boundaryMillis: number, runnerId: string): Promise<boolean>;
  /** Marks the shard as empty until the next arrival or claim, if this runner made the last claim and no viewer has arrived.
   *  @param arrivals as before the roster was read
   *  @returns false when that is not so */
  markEmpty(runnerId: string, arrivals: number): Promise<boolean>;
  /** Counts a viewer whose row has been written. @returns the relay before */
  countArrival(): Promise<RelayState>;
  /** Counts a viewer like {@link countArrival} if a place is free: the viewers of the census and the arrivals since then are
   *  fewer than `maxViewers`, and the address is not crowded.
   *  @param address undefined when connections are not limited by address
   *  @returns the relay before; undefined when no place is free */
  takePlace(maxViewers: number, address?: string): Promise<RelayState | undefined>;
  /** Strongly consistent. */
  read(): Promise<RelayState>;
  /** Notes that a runner is being woken.
   *  @returns false when another caller noted it in the `windowMillis` before `nowMillis` */
  beginWaking(wokenBy: string, nowMillis: number, windowMillis: number): Promise<boolean>;
  /** Counts an arrival in the relays of another layout that share partitions with this one, so that their leaders read the
   *  roster, and with it the layout. */
  alertLayout(shards: number): Promise<void>;
}

/** Why a runner was started by a message. `wake`: a viewer found no runner. `guard`: sent ahead in case the leader fails.
 *  `tick`: the runner of a tick, at intervals at which runners sleep between ticks. `relieve`: the sender cannot go on. */
export type WakeReason = 'wake' | 'guard' | 'tick' | 'relieve';

/** Starts a runner after a delay. */
export interface WakeMessage {
  readonly reason: WakeReason;
  /** 0 to 900. */
  readonly delaySeconds: number;
  /** Connection id of the viewer, or id of the runner that sent it. */
  readonly sentBy: string;
  /** The boundary that the runner is woken for; absent at intervals at which runners stay awake. */
  readonly boundaryMillis?: number;
  /** How long before the boundary it should arrive. */
  readonly leadMillis?: number;
  /** How often it has been sent again because a runner could not act on it. */
  readonly attempts?: number;
}

/** The queue whose messages start the runners of one shard. Messages may come late, twice, out of order, or not at all. */
export interface WakeQueue {
  /** @param messages 1 to 10. Resolves when the queue has taken all of them. */
  send(messages: readonly WakeMessage[]): Promise<void>;
  /** Has the queue answer, for the `Date` of its answer. Resolves when it has, and never rejects. */
  ask(): Promise<void>;
}

/** Delivers one message to one connection. */
export interface Poster {
  /** Gets ready to post: credentials, and so many open HTTP connections. Called before each tick. */
  prepare(connectionCount: number): Promise<void>;
  /** Every refusal is an outcome. Resolves by the deadline, and never rejects.
   *  @param data UTF-8 text
   *  @param deadlineMillis Unix time in milliseconds; a post that has no answer by then is `timedOut` */
  post(connectionId: string, data: string, deadlineMillis: number): Promise<PostOutcome>;
}

/** All counts are since the last measurements. */
export interface Measurements {
  /** Connections in the last roster. */
  readonly viewers: number;
  /** Ticks that reached at least one viewer. */
  readonly ticksSent: number;
  /** Ticks that reached nobody: not claimed, claimed but not sent, or sent and not one copy arrived although viewers were there. */
  readonly ticksMissed: number;
  /** Claims of a boundary that another runner had claimed: each one a tick that would have gone out twice. */
  readonly claimsLost: number;
  readonly posts: FanOutReport;
  /** From the boundary until a copy left, over all copies. */
  readonly sendDelayP50Millis: number;
  readonly sendDelayP99Millis: number;
  /** From the boundary until the gateway had taken a copy, over all copies for those who are not gone. A copy that it has not taken
   *  counts as 60 s, the longest that a histogram keeps. */
  readonly ageP50Millis: number;
  readonly ageP99Millis: number;
  /** Posts a second while a fan-out was under way. */
  readonly postsPerSecond: number;
  /** The wall clock is proven to be no further off than this; absent when no witness bounds both sides. */
  readonly clockBoundMillis?: number;
}

/** Keeps figures over time. */
export interface Metrics {
  record(measurements: Measurements): void;
  /** No viewers are connected: this tells a clock at rest from a dead one. */
  empty(): void;
  /** A runner was started by a message. @param latenessMillis below zero when it came early */
  woken(latenessMillis: number): void;
  /** A runner ended because its clock is wrong. */
  clockError(): void;
}

/** A structured log line: a sentence and its facts. */
export interface Log {
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
}
