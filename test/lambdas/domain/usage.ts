// What a deployment uses while all goes well: ten viewers, ten minutes. histories.test.ts plays it.

import { SimulatedWorld } from '../../support/simulated-world.ts';

const START = 1_763_861_880_000;
const MINUTE = 60_000;
const MINUTES = 10;

export interface Usage {
  /** Seconds that runners run, a minute. */
  readonly billedSeconds: number;
  /** Calls of the table and messages, a tick. */
  readonly claims: number;
  readonly reads: number;
  readonly rosters: number;
  readonly messages: number;
  /** Ticks that each viewer got, of those it should have. */
  readonly ticks: number;
}

/** The schedule is due once a minute, always in the same phase. */
export async function use(intervalSeconds: number, phaseMillis = 20_300): Promise<Usage> {
  const intervalMillis = intervalSeconds * 1_000;
  const world = new SimulatedWorld({ startMillis: START, intervalMillis, postMillis: () => 10 });
  for (let viewer = 0; viewer < 10; viewer++) world.connect(`viewer-${viewer}`);
  const advance = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      const from = world.clock.now();
      await world.clock.advanceTo(from + phaseMillis);
      world.invoke();
      await world.clock.advanceTo(from + MINUTE);
    }
  };
  const figures = () => {
    const { claim = 0, read = 0, list = 0 } = world.calls;
    return { claim, read, list, messages: world.messages.length, deliveries: world.deliveries.length };
  };
  await advance(3);
  const before = figures();
  await advance(MINUTES);
  const after = figures();

  const ticks = (MINUTES * MINUTE) / intervalMillis;
  const aTick = (figure: keyof typeof before) => (after[figure] - before[figure]) / ticks;
  const end = world.clock.now();
  return {
    billedSeconds: world.billedMillis(end - MINUTES * MINUTE, end) / 1_000 / MINUTES,
    claims: aTick('claim'),
    reads: aTick('read'),
    rosters: aTick('list'),
    messages: aTick('messages'),
    ticks: aTick('deliveries') / world.viewers.size,
  };
}
