// The execution environments of one function. An idle environment is reused. A concurrent invocation gets another one.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

import type { Concurrency } from './concurrency.ts';
import { Environment, type EnvironmentOptions } from './environment.ts';

export interface PoolOptions extends EnvironmentOptions {
  /** Maximum number of environments. Further invocations wait. Lambda has no such limit, but a thread needs 35 MB and
   *  300 ms of CPU. @default 16 */
  readonly maxEnvironments?: number;
  /** Number of environments that start as soon as an invocation needs one, as in Lambda. For long invocations.
   *  @default 1 */
  readonly promptEnvironments?: number;
  /** Places for further environments, shared by the functions of a platform. @default - no limit */
  readonly furtherEnvironments?: Concurrency;
}

const DEFAULT_MAX_ENVIRONMENTS = 16;

/** A further environment starts when an invocation has waited this long. Most invocations end sooner than an
 *  environment starts. */
const PATIENCE_MILLIS = 50;

/** An environment ends when it was idle for this long. AWS keeps them for minutes; how many is unconfirmed. */
const IDLE_MILLIS = 5 * 60_000;

type Wait = (environment: Environment | undefined) => void;

export class EnvironmentPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<Environment>();
  /** Environments that have one of the shared places. */
  readonly #further = new Set<Environment>();
  /** Idle environments with the monotonic time since when they are idle. The most recently used one is last. */
  readonly #idle: { readonly environment: Environment; readonly sinceMillis: number }[] = [];
  /** Waiting invocations with the time at which each began to wait. The longest wait is first. */
  readonly #waiting = new Map<Wait, number>();
  #starting = 0;
  /** Timer that runs while invocations wait. */
  #patience: NodeJS.Timeout | undefined;
  #reaper: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** @returns an environment for one invocation, to be returned with {@link release}. Undefined if the signal was
   *  aborted first, or if the pool is disposed of */
  async acquire(signal?: AbortSignal): Promise<Environment | undefined> {
    if (this.#isDisposed || signal?.aborted) return undefined;
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.environment.hasEnded) return idle.environment;
      this.#forget(idle.environment);
    }
    if (this.#all.size < (this.#options.promptEnvironments ?? 1)) return this.#start();

    const { promise, resolve } = Promise.withResolvers<Environment | undefined>();
    const giveUp = () => {
      this.#waiting.delete(resolve);
      resolve(undefined);
    };
    this.#waiting.set(resolve, performance.now());
    if (this.#patience === undefined) this.#lookLater();
    signal?.addEventListener('abort', giveUp);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  release(environment: Environment): void {
    if (!environment.hasStarted) {
      environment.started.then(() => this.release(environment));
    } else if (environment.hasEnded) {
      this.#forget(environment);
      // No other environment can become free, so start one for the waiting invocations.
      if (this.#all.size === 0 && this.#waiting.size > 0) this.#giveToWaiting(this.#start());
    } else if (!this.#giveToWaiting(environment)) {
      this.#idle.push({ environment, sinceMillis: performance.now() });
      this.#reaper ??= setTimeout(() => this.#reap(), IDLE_MILLIS).unref();
    }
  }

  /** Kills all environments. Waiting invocations do not start. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    clearTimeout(this.#patience);
    clearTimeout(this.#reaper);
    for (const wait of this.#waiting.keys()) wait(undefined);
    this.#waiting.clear();
    const all = [...this.#all];
    this.#idle.length = 0;
    for (const environment of all) this.#forget(environment);
    await Promise.all(all.map((environment) => environment.dispose()));
  }

  /** Checks every 50 ms whether the waiting invocations need further environments. Does not start one while another
   *  starts, because that one may serve all of them. */
  #lookLater(): void {
    this.#patience = setTimeout(() => {
      if (this.#starting === 0) this.#startForWaiting();
      this.#patience = undefined;
      if (this.#waiting.size > 0) this.#lookLater();
    }, PATIENCE_MILLIS);
  }

  #startForWaiting(): void {
    const { maxEnvironments = DEFAULT_MAX_ENVIRONMENTS, furtherEnvironments } = this.#options;
    const longMillis = performance.now() - PATIENCE_MILLIS;
    const impatient = [...this.#waiting.values()].filter((sinceMillis) => sinceMillis <= longMillis).length;
    const count = Math.min(impatient, maxEnvironments - this.#all.size);
    for (let started = 0; started < count; started++) {
      if (furtherEnvironments?.take() === false) return;
      this.#further.add(this.#startAhead());
    }
  }

  /** Starts an environment for the invocation that has waited longest. */
  #startAhead(): Environment {
    const environment = this.#start();
    environment.started.then(() => {
      // If the environment could not start, the invocation fails with the reason.
      if (!this.#giveToWaiting(environment)) this.release(environment);
    });
    return environment;
  }

  #start(): Environment {
    const environment = new Environment(this.#options);
    this.#all.add(environment);
    this.#starting++;
    environment.started.then(() => {
      this.#starting--;
    });
    return environment;
  }

  #forget(environment: Environment): void {
    this.#all.delete(environment);
    if (this.#further.delete(environment)) this.#options.furtherEnvironments?.release();
  }

  #giveToWaiting(environment: Environment): boolean {
    const [wait] = this.#waiting.keys();
    if (wait === undefined) return false;
    this.#waiting.delete(wait);
    wait(environment);
    return true;
  }

  /** Ends environments that were idle too long. They are at the beginning of the list. */
  #reap(): void {
    const now = performance.now();
    const unused = this.#idle.findIndex(({ sinceMillis }) => now - sinceMillis < IDLE_MILLIS);
    for (const { environment } of this.#idle.splice(0, unused < 0 ? this.#idle.length : unused)) {
      this.#forget(environment);
      environment.dispose();
    }
    this.#reaper = this.#idle.length === 0 ? undefined : setTimeout(() => this.#reap(), IDLE_MILLIS).unref();
  }
}
