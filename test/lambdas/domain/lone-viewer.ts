// A world with one viewer, in which no runner comes but those that a test or a message starts.

import assert from 'node:assert/strict';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { START_WINDOW_MILLIS } from '../../../lambdas/domain/delivery.ts';
import type { WakeMessage, WakeReason } from '../../../lambdas/domain/ports.ts';
import { boundaryMillis } from '../../../protocol/tick.ts';
import type { Trigger } from '../../support/simulated-runner.ts';
import { SimulatedWorld, type WorldOptions } from '../../support/simulated-world.ts';

export const START = 1_763_861_880_000;

/** The viewer connected a minute ago. */
export async function makeWorld(options: Partial<WorldOptions> = {}): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ startMillis: START, ...options });
  await addViewer(world, 'viewer');
  return world;
}

export async function addViewer(world: SimulatedWorld, connectionId: string): Promise<void> {
  const connectedMillis = START - 60_000;
  world.viewers.set(connectionId, { connectedMillis });
  await world.connections.put(makeConnection(connectionId, connectedMillis));
}

/** A message that is due when the runner starts. */
export function messageNow(
  world: SimulatedWorld,
  reason: WakeReason,
  changes: Partial<WakeMessage> = {},
): Trigger & { readonly message: WakeMessage } {
  const message = { reason, delaySeconds: 0, sentBy: 'test', ...changes };
  return { reason, message, sentAtMillis: world.machine('queue').now() - message.delaySeconds * 1_000 };
}

/** Numbers of the ticks that were sent, in order of sending. The tick at the start is 0. */
export function sent(world: SimulatedWorld): number[] {
  return world.deliveries.map(({ sequence }) => sequence - START / world.intervalMillis);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Numbers of the ticks that were not sent. */
export function missing(world: SimulatedWorld, from: number, to: number): number[] {
  const all = new Set(sent(world));
  return range(from, to).filter((tick) => !all.has(tick));
}

export function assertNoneTwice(world: SimulatedWorld): void {
  const copies = world.deliveries.map(({ connectionId, sequence }) => `${connectionId} ${sequence}`);
  assert.equal(new Set(copies).size, copies.length, 'a viewer got a tick twice');
}

/** Seconds from the start to each tick that was sent, for all viewers together. */
export function sentSeconds(world: SimulatedWorld): number[] {
  return [...new Set(world.deliveries.map(({ sentMillis }) => (sentMillis - START) / 1_000))];
}

export function assertNoneLate(world: SimulatedWorld): void {
  for (const { sequence, sentMillis } of world.deliveries) {
    const lateMillis = sentMillis - boundaryMillis(sequence, world.intervalMillis);
    assert.ok(
      lateMillis >= 0 && lateMillis < START_WINDOW_MILLIS,
      `${sequence} left ${lateMillis} ms after its boundary`,
    );
  }
}
