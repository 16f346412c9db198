// Connects viewers to a simulated world and lists the rows.

import type { SimulatedWorld } from '../../support/simulated-world.ts';

export const START = 1_763_861_880_000;

/** @returns the status of the handshake after 100 ms */
export async function connect(world: SimulatedWorld, ...args: Parameters<SimulatedWorld['connect']>): Promise<number> {
  const status = world.connect(...args);
  await world.clock.advanceTo(world.clock.now() + 100);
  return status;
}

/** @returns ids of all connections, sorted */
export async function rows(world: SimulatedWorld): Promise<string[]> {
  const { connections } = await world.connections.list([...Array(16).keys()], world.clock.now());
  return connections.map(({ connectionId }) => connectionId).sort();
}
