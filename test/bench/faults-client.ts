// One process of the faults bench: sends ticks to viewers of whom some are in trouble, and tells its parent how long the
// others waited, in each tick. Arguments: endpoint, viewers without trouble, viewers in trouble, which trouble, ticks before those
// that are told, and ticks.

import { makeGatewayPoster } from '../../lambdas/aws/gateway-poster.ts';
import { makeConnection } from '../../lambdas/domain/connection.ts';
import { fanOut, inTurn } from '../../lambdas/domain/fan-out.ts';
import type { PostOutcome } from '../../lambdas/domain/outcomes.ts';
import { Pace } from '../../lambdas/domain/pace.ts';
import type { Poster } from '../../lambdas/domain/ports.ts';
import { makeLog } from '../../lambdas/log.ts';
import { systemClock as clock } from '../../lambdas/system-clock.ts';
import { boundaryMillis, sendWindowMillis, sequenceAt } from '../../protocol/tick.ts';
import { endWithParent, tellParent } from './child.ts';
import { CREDENTIALS, INTERVAL_MILLIS, POOL_SIZE, REGION } from './senders/sender.ts';
import { CALM_TICKS, STORM_ID } from './troubles.ts';

/** What it tells: one a tick. */
export interface FaultsTick {
  /** From the boundary to the answer, of each viewer without trouble who got the tick. */
  readonly ages: Float64Array;
  readonly maxInFlight: number;
}

export interface FaultsReport {
  readonly ticks: FaultsTick[];
}

endWithParent();
const [endpoint = '', goodCount, badCount, trouble = '', warmUp, watched] = process.argv.slice(2);
const warmUpTicks = Number(warmUp);
const idsOf = (name: string, count: string | undefined) =>
  Array.from({ length: Number(count) }, (_, index) => `${name}-${String(index).padStart(6, '0')}=`);
const good = new Set(idsOf('good', goodCount));
const bad = idsOf(trouble, badCount);
// Spread among the others.
const connections = [...good, ...bad]
  .map((connectionId, index) => ({ connectionId, place: (index * 0.618_033_988_749_895) % 1 }))
  .sort((a, b) => a.place - b.place)
  .map(({ connectionId }) => makeConnection(connectionId, clock.now()));

const credentials = async () => CREDENTIALS;
const gatewayPoster = makeGatewayPoster({ endpoint, region: REGION, credentials, clock, log: makeLog('bench') });
const pace = new Pace({ maxInFlight: POOL_SIZE });
const ticks: FaultsTick[] = [];
let silent: ReadonlySet<string> = new Set();
for (let count = 0; count < warmUpTicks + Number(watched); count++) ticks.push(await sendTick(count));
tellParent({ ticks: ticks.slice(warmUpTicks) } satisfies FaultsReport);

async function sendTick(count: number): Promise<FaultsTick> {
  const sequence = sequenceAt(clock.now(), INTERVAL_MILLIS) + 1;
  const boundary = boundaryMillis(sequence, INTERVAL_MILLIS);
  await gatewayPoster.prepare(POOL_SIZE);
  await clock.sleepUntil(boundary);
  if (trouble === 'storm' && count === warmUpTicks + CALM_TICKS) await gatewayPoster.post(STORM_ID, '', boundary + 100);

  const ages: number[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  const poster: Poster = {
    ...gatewayPoster,
    async post(connectionId, data, deadlineMillis): Promise<PostOutcome> {
      maxInFlight = Math.max(maxInFlight, ++inFlight);
      const outcome = await gatewayPoster.post(connectionId, data, deadlineMillis);
      inFlight--;
      if (outcome === 'delivered' && good.has(connectionId)) ages.push(clock.now() - boundary);
      return outcome;
    },
  };
  const deadlineMillis = boundary + sendWindowMillis(INTERVAL_MILLIS);
  const turn = inTurn(connections, sequence, silent);
  const tick = { sequence, intervalMillis: INTERVAL_MILLIS, connections: turn, deadlineMillis, pace };
  ({ silent } = await fanOut(tick, { clock, poster }));
  return { ages: Float64Array.from(ages), maxInFlight };
}
