// What the runners use in a minute. The counts follow from the rules of the relay (lambdas/domain/relay.ts, wake-ups.ts);
// test/cost/relay-use.test.ts holds them against the relay on simulated time. Durations on AWS are assumed.

import { PARTITION_COUNT } from '../protocol/limits.ts';
import { ASSUMPTIONS } from './assumptions.ts';

/** The constants of the relay that cost. */
export const RELAY = {
  /** From this interval on no runner stays between two ticks: `SLEEP_FROM_MILLIS` of lambdas/domain/liveness.ts. */
  sleepFromSeconds: 5,
  /** Guards of a new leader, in one request, and the seconds from one guard to the next: lambdas/domain/wake-ups.ts. */
  firstGuards: 3,
  guardSeconds: 3,
  /** A leader reads the roster this often when nobody comes: lambdas/domain/roster.ts. */
  rosterSeconds: 30,
  /** Between its arrival and its tick, the runner of a tick waits this long (`MIN_LEAD_MILLIS` of lambdas/domain/wake-ups.ts), and on
   *  average half a second more, because delays are whole seconds. */
  leadSeconds: 1.4,
  roundingSeconds: 0.5,
} as const;

/** Claims that are lost when a runner succeeds another: the leader's, and at times the newcomer's first. Seen on simulated time. */
const CLAIMS_LOST = 1.2;

/** Of all shards, in a minute. */
export interface RelayUse {
  readonly billedSeconds: number;
  /** By the schedule and by messages. */
  readonly invocations: number;
  /** Messages in the wake queues, and the requests that send them. */
  readonly messages: number;
  readonly sends: number;
  /** Conditional writes of the relay item, won or lost: one unit each. */
  readonly writes: number;
  /** Strongly consistent reads of the relay item: one unit each. */
  readonly reads: number;
  /** Queries of the roster, one for each partition. */
  readonly queries: number;
  /** Records of measurements. */
  readonly records: number;
}

/** @param intervalSeconds from one tick to the next: 1 to 60
 *  @param arrivals viewers who connect, per minute
 *  @param sendSeconds from the boundary until the runner of a tick returns, where runners sleep */
export function relayUse(
  intervalSeconds: number,
  shards: number,
  arrivals: number,
  sendSeconds: number = ASSUMPTIONS.sendSeconds,
): RelayUse {
  const isSleeping = intervalSeconds >= RELAY.sleepFromSeconds;
  const ofShard = isSleeping ? asleep(intervalSeconds, sendSeconds) : awake(intervalSeconds, arrivals / shards);
  const { rosters, ...counts } = ofShard;
  const scaled = Object.entries(counts).map(([name, count]) => [name, count * shards]);
  // Whatever the shards, together they have all partitions.
  return { ...Object.fromEntries(scaled), queries: rosters * PARTITION_COUNT };
}

type ShardUse = Omit<RelayUse, 'queries'> & { readonly rosters: number };

/** One runner all the time. The schedule's runner succeeds it each minute; guards find it at work and leave. */
function awake(intervalSeconds: number, arrivals: number): ShardUse {
  const ticks = 60 / intervalSeconds;
  // A guard is sent after a claim.
  const guardGap = Math.ceil(RELAY.guardSeconds / intervalSeconds) * intervalSeconds;
  const messages = RELAY.firstGuards + 60 / guardGap;
  // A tick reads the roster if a viewer has come since the one before.
  const withArrivals = ticks * (1 - Math.exp(-arrivals / ticks));
  return {
    // Two runners overlap until the next claim.
    billedSeconds: 60 + intervalSeconds / 2 + messages * ASSUMPTIONS.shortRunSeconds,
    invocations: 1 + messages,
    messages,
    sends: 1 + 60 / guardGap,
    writes: ticks + CLAIMS_LOST,
    // Each runner reads when it arrives, and when it has lost a claim.
    reads: 1 + messages + CLAIMS_LOST,
    rosters: 60 / RELAY.rosterSeconds + withArrivals,
    // Once a minute, and what is left at the end of a run.
    records: 1.5,
  };
}

/** A runner for each tick, called by the one before in the same request as a guard. The schedule's runner calls one for the next
 *  tick as well, unless that is close; the second to come leaves. */
function asleep(intervalSeconds: number, sendSeconds: number): ShardUse {
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
    // After the claim is won.
    rosters: ticks,
    // A run ends with its record.
    records: ticks,
  };
}
