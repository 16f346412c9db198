// Ports: the interfaces through which lambdas/domain uses clocks, database, queue, gateway, metrics and logs.
// lambdas/aws implements them on AWS. The tests also implement them in memory and on simulated time. An expected
// result, such as a lost claim, is a return value. A promise rejects only if the infrastructure fails.
//
// Terms of this folder:
// - A tick is the message that gives all viewers the time. The interval is the time from one tick to the next.
// - The boundary of a tick is the time that it shows, a multiple of the interval.
// - A runner is one invocation of the broadcast function. The leader is the runner that sends the ticks.
// - A claim is the database write by which a runner takes a boundary. Only the winner of the claim sends the tick.
// - A shard is a share of the viewers with a leader of its own. The roster lists the connected viewers of a shard.
// - The relay, or relay item, is the database item of a shard that all claims of the shard change.
//
// CONTRIBUTING.md has more terms.

import type { Connection } from './connection.ts';
import type { Layout } from './layout.ts';
import type { FanOutReport, PostOutcome } from './outcomes.ts';

/** The clocks of the machine that runs this code. */
export interface Clock {
  /** Wall clock: milliseconds since the Unix epoch. It may be wrong, and it may be set at any moment. */
  now(): number;
  /** Monotonic clock: milliseconds since an arbitrary moment. It is never set. */
  monotonicMillis(): number;
  /** Resolves when the wall clock shows this time or a later one. If the wall clock is set back during the wait, it
   *  resolves at the latest {@link STEP_MILLIS} after the planned duration, as the monotonic clock measures it.
   *  @param epochMillis Unix time in milliseconds */
  sleepUntil(epochMillis: number): Promise<void>;
}

/** If the difference between wall clock and monotonic clock changes by more than this (a step), the wall clock was set.
 *  Smaller changes are normal corrections. */
export const STEP_MILLIS = 250;

/** The database rows of the connected viewers. A row is in one of 16 partitions (connection.ts). */
export interface ConnectionStore {
  put(connection: Connection): Promise<void>;
  /** Removing a row that does not exist is not an error. */
  remove(connectionId: string): Promise<void>;
  /** Removes the row only if it was written before the moment: `connectedAtMillis < writtenBeforeMillis`. */
  removeOld(connectionId: string, writtenBeforeMillis: number): Promise<void>;
  /** Returns all connections of the partitions whose rows have not expired, in no particular order. Strongly
   *  consistent. */
  list(partitions: readonly number[], nowMillis: number): Promise<Listing>;
  /** Writes which layout (number of shards) serves these partitions from now on. Replaces any other layout. */
  setLayout(partitions: readonly number[], layout: Layout): Promise<void>;
}

export interface Listing {
  readonly connections: Connection[];
  /** Maps each partition to the layout that was last written for it. */
  readonly layouts: ReadonlyMap<number, Layout | undefined>;
}

/** The relay item of a shard. Times are Unix times in milliseconds; 0 means never. */
export interface RelayState {
  /** The last boundary that was claimed. */
  readonly lastBoundaryMillis: number;
  /** The boundary that was claimed before the last one. {@link RelayStore.replaceVoid} does not change it. */
  readonly priorBoundaryMillis: number;
  /** Id of the runner that claimed the last boundary. */
  readonly leader: string | undefined;
  /** Id of the runner that claimed the prior boundary. */
  readonly priorLeader: string | undefined;
  /** True if a runner found no viewers, and no viewer has connected since. */
  readonly isEmpty: boolean;
  /** True if `isEmpty` was true at any time since the last claim. */
  readonly wasEmptySinceLastClaim: boolean;
  /** Counter that grows with each admitted viewer, and when another layout takes over partitions. It never decreases.
   *  When it has changed, the leader reads the roster. */
  readonly arrivals: number;
  /** Addresses that have reached their limit of connections, as the last census lists them. */
  readonly crowdedAddresses: readonly string[];
}

/** The leader's latest count of the connected viewers of its shard. */
export interface Census {
  /** Number of connected viewers. */
  readonly viewers: number;
  /** {@link RelayState.arrivals} before the roster was read. */
  readonly arrivals: number;
  /** Addresses that have reached their limit of connections. */
  readonly crowdedAddresses: readonly string[];
}

/** Access to the relay item of a shard. Runners claim ticks in it, so that only one of them sends a tick. `$connect`
 *  reads from it whether the shard has an active runner. */
export interface RelayStore {
  /** Claims a boundary if it is later than the last claimed one. The shard then no longer counts as empty.
   *  @param census if undefined, the census in the item stays
   *  @returns the relay before the claim. Undefined if this boundary or a later one is already claimed, perhaps by an
   *  earlier attempt of this runner whose answer was lost. */
  claim(boundaryMillis: number, runnerId: string, census?: Census): Promise<RelayState | undefined>;
  /** Writes the census without a claim, for a runner that claims no further tick. Does nothing if another runner has
   *  made the last claim. */
  writeCensus(runnerId: string, census: Census): Promise<void>;
  /** Claims a boundary in place of a void one: a last boundary so far in the future that only a wrong clock can have
   *  claimed it (liveness.ts).
   *  @param found the relay as the caller has read it. The write succeeds only if last and prior boundary are
   *  unchanged.
   *  @returns false if one of them has changed */
  replaceVoid(found: RelayState, boundaryMillis: number, runnerId: string): Promise<boolean>;
  /** Marks the shard as empty until the next arrival or claim. Succeeds only if this runner made the last claim and no
   *  viewer has arrived since the roster was read.
   *  @param arrivals {@link RelayState.arrivals} before the roster was read
   *  @returns false if it did not succeed */
  markEmpty(runnerId: string, arrivals: number): Promise<boolean>;
  /** Adds one to the arrivals. Called after the viewer's row is written. @returns the relay before the write */
  countArrival(): Promise<RelayState>;
  /** Adds one to the arrivals like {@link countArrival}, but only if a place is free: the viewers of the census plus
   *  the arrivals since then are fewer than `maxViewers`, and the address is not one of `crowdedAddresses`.
   *  @param address undefined if connections are not limited by address
   *  @returns the relay before the write; undefined if no place is free */
  reservePlace(maxViewers: number, address?: string): Promise<RelayState | undefined>;
  /** Reads the relay. Strongly consistent. */
  read(): Promise<RelayState>;
  /** Records that the caller is about to start a runner by message, so that no other caller starts one too.
   *  @param wokenBy connection id of the viewer
   *  @returns false if another caller recorded this less than `windowMillis` before `nowMillis` */
  beginWaking(wokenBy: string, nowMillis: number, windowMillis: number): Promise<boolean>;
  /** Makes the leaders of another layout learn that this layout exists. For that, it adds one to the arrivals in the
   *  relay item of each of their shards that shares a partition with this shard. The leaders then read their rosters,
   *  and the new layout with them. Each layout has its own relay items.
   *  @param shards number of shards of the other layout */
  alertLayout(shards: number): Promise<void>;
}

/** Why a message starts a runner.
 *
 *  - `wake`: a viewer connected while no runner was active.
 *  - `guard`: the runner replaces the leader if the leader has failed.
 *  - `tick`: the runner sends one tick. Used at intervals from 5 s on, where no runner stays between two ticks.
 *  - `relieve`: the runner succeeds the sender, which cannot continue. */
export type WakeReason = 'wake' | 'guard' | 'tick' | 'relieve';

/** A message that starts a runner after a delay. */
export interface WakeMessage {
  readonly reason: WakeReason;
  /** Whole seconds, 0 to 900. */
  readonly delaySeconds: number;
  /** Connection id of the viewer, or id of the runner, that sends the message. */
  readonly sentBy: string;
  /** Boundary of the tick that the runner should send, as Unix time in milliseconds. Only in `tick` messages and
   *  in guards at intervals from 5 s on. */
  readonly boundaryMillis?: number;
  /** How many milliseconds before the boundary the message should arrive. */
  readonly leadMillis?: number;
  /** How many earlier runners could not act on this message and sent it again. */
  readonly attempts?: number;
}

/** The queue whose messages start the runners of one shard. Messages may arrive late, twice, out of order, or not at
 *  all. */
export interface WakeQueue {
  /** Resolves when the queue has accepted all messages.
   *  @param messages 1 to 10 */
  send(messages: readonly WakeMessage[]): Promise<void>;
  /** Sends a request to the queue only to receive the `Date` header of its answer. Resolves on the answer. Never
   *  rejects. */
  requestDate(): Promise<void>;
}

/** Posts messages to viewers through the gateway. */
export interface Poster {
  /** Loads credentials and opens HTTP connections. Called before each tick.
   *  @param connectionCount number of HTTP connections to open */
  prepare(connectionCount: number): Promise<void>;
  /** Posts one message to one viewer. Every failure is an outcome. Resolves by the deadline and never rejects.
   *  @param data UTF-8 text
   *  @param deadlineMillis Unix time in milliseconds. Without an answer by then, or by an earlier timeout of the
   *  poster, the outcome is `timedOut`. */
  post(connectionId: string, data: string, deadlineMillis: number): Promise<PostOutcome>;
}

/** What a runner has measured since its previous measurements. A copy is a tick posted to one viewer. */
export interface Measurements {
  /** Number of connections that the last tick was for. */
  readonly viewers: number;
  /** Ticks that were delivered to at least one viewer, or for which every viewer had left. */
  readonly ticksSent: number;
  /** Ticks that no viewer received although viewers were connected: not claimed, claimed but not sent, or no copy
   *  delivered. */
  readonly ticksMissed: number;
  /** Claims that this runner lost because the boundary was already claimed. Without claims, two runners would send that
   *  tick. */
  readonly claimsLost: number;
  readonly posts: FanOutReport;
  /** Milliseconds from the boundary to the start of a post. Percentiles over all copies. */
  readonly sendDelayP50Millis: number;
  readonly sendDelayP99Millis: number;
  /** Milliseconds from the boundary to the gateway's answer. Percentiles over all copies except those for viewers who
   *  are gone. A copy that was not delivered counts as 60 s, the longest duration that a histogram stores. */
  readonly ageP50Millis: number;
  readonly ageP99Millis: number;
  /** Posts per second during fan-outs. */
  readonly postsPerSecond: number;
  /** Largest possible error of the wall clock, in milliseconds, as the witnesses prove it (clock-proof.ts). Absent if
   *  no witness gives both a lower and an upper bound. */
  readonly clockBoundMillis?: number;
}

/** Records metrics. */
export interface Metrics {
  record(measurements: Measurements): void;
  /** Records that no viewers are connected. Missing ticks are then normal and not a failure. */
  empty(): void;
  /** Records that a message started a runner. @param latenessMillis how late the message arrived; negative if early */
  woken(latenessMillis: number): void;
  /** Records that two witnesses contradict the clock of a runner. */
  clockError(): void;
}

/** Structured log: a message and its facts. */
export interface Log {
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
}
