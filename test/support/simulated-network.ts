// The network between a program and a service: delays, lost answers, and the `Date` header of each answer that arrives.

import type { Witness } from '../../lambdas/domain/clock-proof.ts';
import type { WakeQueue } from '../../lambdas/domain/ports.ts';
import type { SimulatedWorld } from './simulated-world.ts';

export interface Answer {
  readonly value: unknown;
  /** The `Date` header. Undefined if the service sends none. */
  readonly dateMillis: number | undefined;
}

/** The caller of a service. */
export interface CallSource {
  /** Id of the runner that calls. Undefined if `$connect` calls. */
  readonly runnerId?: string;
  /** Shard of the relay item that is called. Undefined for the rows of viewers. */
  readonly shard?: number;
}

/** How a caller waits for an answer. */
export type Asking = (witness: Witness, call: () => Promise<Answer>) => Promise<unknown>;

const simplyAsk: Asking = async (_, call) => (await call()).value;

/** Returns the `Date` header of an answer that a service sends now: whole seconds, and cached for a while. */
export function dateOf({ options, machine }: SimulatedWorld, witness: Witness): number | undefined {
  if (options.witnessDates?.includes(witness) === false) return undefined;
  return Math.floor((machine(witness).now() - (options.staleMillis?.() ?? 0)) / 1_000) * 1_000;
}

/** A store that a client uses over a network.
 *  @param attempts attempts of the client before a call fails
 *  @param ask wraps each call */
export function remoteStore<T extends object>(
  world: SimulatedWorld,
  store: T,
  attempts: number,
  ask = simplyAsk,
  source: CallSource = {},
): T {
  return reach(world, 'table', store, attempts, ask, source);
}

/** The queue of a shard that a client uses over a network. */
export function remoteQueue(world: SimulatedWorld, queue: WakeQueue, ask = simplyAsk): WakeQueue {
  const far = reach(world, 'queue', queue, 1, ask, {});
  return { send: (messages) => far.send(messages), requestDate: () => far.requestDate().catch(() => {}) };
}

function reach<T extends object>(
  world: SimulatedWorld,
  witness: 'table' | 'queue',
  service: T,
  attempts: number,
  ask: Asking,
  source: CallSource,
): T {
  const { clock, options, calls } = world;

  async function call(name: string, act: () => Promise<unknown>, attemptsLeft: number): Promise<Answer> {
    const millis = options.latencyMillis?.(name, source) ?? 10;
    const fault = (witness === 'table' && options.fault?.(name, source)) || 'none';
    if (fault !== 'none') world.faults.push({ name, atMillis: clock.now(), isLast: attemptsLeft === 1 });
    await clock.sleepUntil(clock.now() + millis / 2);
    calls[name] = (calls[name] ?? 0) + 1;
    const value = fault === 'refused' ? undefined : await act();
    const dateMillis = dateOf(world, witness);
    await clock.sleepUntil(clock.now() + millis / 2);
    if (fault === 'none') return { value, dateMillis };
    if (attemptsLeft > 1) return call(name, act, attemptsLeft - 1);
    throw new Error(`${name}: ${fault}`);
  }

  return new Proxy(service, {
    get: (target, key) => {
      const act = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => ask(witness, () => call(String(key), () => act.apply(target, args), attempts));
    },
  });
}
