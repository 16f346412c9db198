// What the runners use per minute. The counts follow from the rules of the relay (lambdas/domain/relay.ts,
// wake-ups.ts). test/cost/relay-use.test.ts compares them with the relay on simulated time. Durations on AWS are
// assumptions.

import { PARTITION_COUNT } from '../protocol/limits.ts';
import { ASSUMPTIONS } from './assumptions.ts';

/** Constants of the relay that determine its cost. */
export const RELAY = {
  /** Runners sleep between ticks from this interval on: `SLEEP_FROM_MILLIS` of lambdas/domain/liveness.ts. */
  sleepFromSeconds: 5,
  /** Guards of a new leader: one when it arrives, and two with its first claim. Then one guard per `guardSeconds`:
   *  lambdas/domain/wake-ups.ts. */
  firstGuards: 3,
  guardSeconds: 3,
  /** Longest time between two reads of the roster, while no viewer connects: lambdas/domain/roster.ts. */
  rosterSeconds: 30,
  /** How long before its boundary the runner of a tick arrives: `MIN_LEAD_MILLIS` of lambdas/domain/wake-ups.ts. Delays
   *  are whole seconds, so it waits half a second more on average. */
  leadSeconds: 1.4,
  roundingSeconds: 0.5,
} as const;

/** Lost claims when a newcomer replaces the leader: the leader's last, and sometimes the newcomer's first. The average
 *  was counted on simulated time. */
const CLAIMS_LOST = 1.2;

/** Use of all shards together, per minute. */
export interface RelayUse {
  readonly billedSeconds: number;
  /** Runners started by the schedule and by messages. */
  readonly invocations: number;
  /** Messages to the wake queues, and the requests that send them. */
  readonly messages: number;
  readonly sends: number;
  /** Claims, won or lost: conditional writes of the relay item, one unit each. Other writes of the item are not
   *  counted. */
  readonly writes: number;
  /** Strongly consistent reads of the relay item: one unit each. */
  readonly reads: number;
  /** Queries of the roster, one for each partition. */
  readonly queries: number;
  /** Log lines with measurements. */
  readonly records: number;
}

/** @param intervalSeconds from one tick to the next: 1 to 60
 *  @param arrivals new connections per minute
 *  @param sendSeconds from the boundary until the runner of a tick returns; used only if runners sleep between ticks */
export function relayUse(
  intervalSeconds: number,
  shards: number,
  arrivals: number,
  sendSeconds: number = ASSUMPTIONS.sendSeconds,
): RelayUse {
  const isSleeping = intervalSeconds >= RELAY.sleepFromSeconds;
  const shardUse = isSleeping
    ? sleepingUse(intervalSeconds, sendSeconds)
    : steadyUse(intervalSeconds, arrivals / shards);
  const { rosters, ...counts } = shardUse;
  const scaled = Object.entries(counts).map(([name, count]) => [name, count * shards]);
  // All shards together always have all partitions.
  return { ...Object.fromEntries(scaled), queries: rosters * PARTITION_COUNT };
}

type ShardUse = Omit<RelayUse, 'queries'> & { readonly rosters: number };

/** Use of a shard whose runners do not sleep. One runner is always running, and each minute the schedule starts its
 *  successor. The runners that guards start find a leader and leave. */
function steadyUse(intervalSeconds: number, arrivals: number): ShardUse {
  const ticks = 60 / intervalSeconds;
  // The leader sends a guard after a tick, so the gap is a multiple of the interval.
  const guardGap = Math.ceil(RELAY.guardSeconds / intervalSeconds) * intervalSeconds;
  const messages = RELAY.firstGuards + 60 / guardGap;
  // A tick reads the roster if a viewer has connected since the previous tick.
  const withArrivals = ticks * (1 - Math.exp(-arrivals / ticks));
  return {
    // The leader and its successor overlap until the next claim.
    billedSeconds: 60 + intervalSeconds / 2 + messages * ASSUMPTIONS.shortRunSeconds,
    invocations: 1 + messages,
    messages,
    sends: 1 + 60 / guardGap,
    writes: ticks + CLAIMS_LOST,
    // Each runner reads the relay when it arrives, and after a lost claim.
    reads: 1 + messages + CLAIMS_LOST,
    rosters: 60 / RELAY.rosterSeconds + withArrivals,
    // One per minute, and at the end of a run one for the rest.
    records: 1.5,
  };
}

/** Use of a shard whose runners sleep between ticks. Each tick has its own runner. The previous runner calls it, in one
 *  request with a guard. The schedule's runner may call a second runner for the next tick. The one that comes second
 *  finds the tick claimed and leaves. */
function sleepingUse(intervalSeconds: number, sendSeconds: number): ShardUse {
  const ticks = 60 / intervalSeconds;
  const messages = 2 * ticks + 1;
  const tickSeconds = RELAY.leadSeconds + RELAY.roundingSeconds + sendSeconds;
  return {
    billedSeconds: ticks * tickSeconds + (1 + messages - ticks) * ASSUMPTIONS.shortRunSeconds,
    invocations: 1 + messages,
    messages,
    sends: ticks + 1,
    writes: ticks,
    reads: 1 + messages,
    // Each tick reads the roster after its claim.
    rosters: ticks,
    // Each run that sends a tick ends with a record.
    records: ticks,
  };
}
