// One process of the faults benchmark: sends ticks to healthy viewers and to viewers whose posts fail, and reports to
// its parent how long each tick took to reach the healthy viewers. Arguments: endpoint, number of healthy viewers,
// number of failing viewers, kind of fault, number of warm-up ticks, number of reported ticks.

import { makeGatewayPoster } from '../../lambdas/aws/gateway-poster.ts';
import { makeConnection } from '../../lambdas/domain/connection.ts';
import { fanOut, sendOrder } from '../../lambdas/domain/fan-out.ts';
import type { PostOutcome } from '../../lambdas/domain/outcomes.ts';
import { Pace } from '../../lambdas/domain/pace.ts';
import type { Poster } from '../../lambdas/domain/ports.ts';
import { makeLog } from '../../lambdas/log.ts';
import { systemClock as clock } from '../../lambdas/system-clock.ts';
import { boundaryMillis, sendWindowMillis, sequenceAt } from '../../protocol/tick.ts';
import { exitWithParent, sendToParent } from './child.ts';
import { CREDENTIALS, INTERVAL_MILLIS, POOL_SIZE, REGION } from './senders/sender.ts';
import { STORM_ID, TICKS_BEFORE_STORM } from './troubles.ts';

/** What is measured in one tick. */
export interface FaultsTick {
  /** Milliseconds from the boundary to the answer, for each healthy viewer that received the tick. */
  readonly ages: Float64Array;
  readonly maxInFlight: number;
}

/** The message to the parent. */
export interface FaultsReport {
  readonly ticks: FaultsTick[];
}

exitWithParent();
const [endpoint = '', healthyCount, failingCount, fault = '', warmUp, watched] = process.argv.slice(2);
const warmUpTicks = Number(warmUp);
const idsOf = (name: string, count: string | undefined) =>
  Array.from({ length: Number(count) }, (_, index) => `${name}-${String(index).padStart(6, '0')}=`);
const healthy = new Set(idsOf('healthy', healthyCount));
const failing = idsOf(fault, failingCount);
// Mix the failing viewers evenly among the healthy ones.
const connections = [...healthy, ...failing]
  .map((connectionId, index) => ({ connectionId, place: (index * 0.618_033_988_749_895) % 1 }))
  .sort((a, b) => a.place - b.place)
  .map(({ connectionId }) => makeConnection(connectionId, clock.now()));

const credentials = async () => CREDENTIALS;
const gatewayPoster = makeGatewayPoster({ endpoint, region: REGION, credentials, clock, log: makeLog('bench') });
const pace = new Pace({ maxInFlight: POOL_SIZE });
const ticks: FaultsTick[] = [];
let timedOutIds: ReadonlySet<string> = new Set();
for (let count = 0; count < warmUpTicks + Number(watched); count++) ticks.push(await sendTick(count));
sendToParent({ ticks: ticks.slice(warmUpTicks) } satisfies FaultsReport);

async function sendTick(count: number): Promise<FaultsTick> {
  const sequence = sequenceAt(clock.now(), INTERVAL_MILLIS) + 1;
  const boundary = boundaryMillis(sequence, INTERVAL_MILLIS);
  await gatewayPoster.prepare(POOL_SIZE);
  await clock.sleepUntil(boundary);
  const isStorm = fault === 'storm' && count === warmUpTicks + TICKS_BEFORE_STORM;
  if (isStorm) await gatewayPoster.post(STORM_ID, '', boundary + 100);

  const ages: number[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  const poster: Poster = {
    ...gatewayPoster,
    async post(connectionId, data, deadlineMillis): Promise<PostOutcome> {
      maxInFlight = Math.max(maxInFlight, ++inFlight);
      const outcome = await gatewayPoster.post(connectionId, data, deadlineMillis);
      inFlight--;
      if (outcome === 'delivered' && healthy.has(connectionId)) ages.push(clock.now() - boundary);
      return outcome;
    },
  };
  const deadlineMillis = boundary + sendWindowMillis(INTERVAL_MILLIS);
  const ordered = sendOrder(connections, sequence, timedOutIds);
  const tick = { sequence, intervalMillis: INTERVAL_MILLIS, connections: ordered, deadlineMillis, pace };
  ({ timedOutIds } = await fanOut(tick, { clock, poster }));
  return { ages: Float64Array.from(ages), maxInFlight };
}
