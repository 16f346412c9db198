// The environments of one function: a warm one is used again, a further concurrent invocation gets a further one.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

import type { Concurrency } from './concurrency.ts';
import { Environment, type EnvironmentOptions } from './environment.ts';

export interface PoolOptions extends EnvironmentOptions {
  /** Environments at most; further invocations wait. Lambda has no such limit, but a thread takes 35 MB and 300 ms of CPU.
   *  @default 16 */
  readonly maxEnvironments?: number;
  /** Environments that are started as soon as an invocation needs one, as Lambda does: for calls that last. @default 1 */
  readonly promptEnvironments?: number;
  /** Places for environments beyond these, shared by the functions of a platform. @default - any number */
  readonly furtherEnvironments?: Concurrency;
}

const DEFAULT_MAX_ENVIRONMENTS = 16;

/** A further environment is started when an invocation has waited this long: most calls end sooner than one starts. */
const PATIENCE_MILLIS = 50;

/** An environment that was not used for this long is ended. AWS keeps them for minutes; how many is unconfirmed. */
const IDLE_MILLIS = 5 * 60_000;

type Wait = (environment: Environment | undefined) => void;

export class EnvironmentPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<Environment>();
  /** Environments that hold one of the shared places. */
  readonly #further = new Set<Environment>();
  /** Environments that are idle, the one used last at the end, with the time since when. Times are of the monotonic clock. */
  readonly #idle: { readonly environment: Environment; readonly sinceMillis: number }[] = [];
  /** Invocations that wait, the longest first, with the time at which each began to wait. */
  readonly #waiting = new Map<Wait, number>();
  #starting = 0;
  /** Set while invocations wait. */
  #patience: NodeJS.Timeout | undefined;
  #reaper: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** @returns an environment for one invocation, to be given back with {@link release}; undefined when the signal was
   *  aborted before there was one, and once the pool has been disposed of */
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
      // No other environment can become free: start one for the invocations that wait.
      if (this.#all.size === 0 && this.#waiting.size > 0) this.#giveToWaiting(this.#start());
    } else if (!this.#giveToWaiting(environment)) {
      this.#idle.push({ environment, sinceMillis: performance.now() });
      this.#reaper ??= setTimeout(() => this.#reap(), IDLE_MILLIS).unref();
    }
  }

  /** Kills what is running; what is waiting does not begin. */
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

  /** Checks every 50 ms whether the invocations that wait need further environments. None is started while another starts:
   *  that one may serve them all. */
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

  /** Starts an environment. When it is ready, the invocation that has waited longest gets it. */
  #startAhead(): Environment {
    const environment = this.#start();
    environment.started.then(() => {
      // An environment that could not start is given too: its invocation fails with the reason.
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

  /** Ends the environments that were idle for long. The one used last is used next, so they are at the beginning. */
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
