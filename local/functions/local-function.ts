// A stand-in for one Lambda function: its invocations, their concurrency and what is written of them.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html

import { Concurrency } from './concurrency.ts';
import type { Environment, InvocationOutcome } from './environment.ts';
import { EnvironmentPool, type PoolOptions } from './environment-pool.ts';

export interface LocalFunctionOptions extends PoolOptions {
  /** The account's concurrency, shared by its functions. @default - one of its own, with Lambda's default quota */
  readonly concurrency?: Concurrency;
}

/** `throttled`: the account's concurrency was used up; `dropped`: the caller gave up while the invocation waited for an
 *  environment. In both cases it did not begin. */
export type FunctionOutcome = InvocationOutcome | { readonly kind: 'throttled' | 'dropped' };

export interface InvokeOptions {
  /** Gives up an invocation that has not begun. One that has begun goes on to its end. */
  readonly signal?: AbortSignal;
}

export class LocalFunction {
  readonly #options: LocalFunctionOptions;
  readonly #concurrency: Concurrency;
  #environments: EnvironmentPool;
  /** With an invocation, the longest first. */
  readonly #busy = new Set<Environment>();
  #isDisposed = false;

  constructor(options: LocalFunctionOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? new Concurrency();
    this.#environments = new EnvironmentPool(options);
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  get environmentCount(): number {
    return this.#environments.size;
  }

  /** Never rejects: what goes wrong is an outcome, and written to the function's output as Lambda does. */
  async invoke(event: unknown, { signal }: InvokeOptions = {}): Promise<FunctionOutcome> {
    if (!this.#concurrency.take()) return { kind: 'throttled' };
    try {
      for (;;) {
        const pool = this.#environments;
        const environment = await pool.acquire(signal);
        if (environment !== undefined) return await this.#run(environment, pool, event);
        if (this.#isDisposed) return { kind: 'threw', error: 'the function was disposed of' };
        // After a restart it waits in the new pool.
        if (pool === this.#environments) return { kind: 'dropped' };
      }
    } finally {
      this.#concurrency.release();
    }
  }

  async #run(environment: Environment, pool: EnvironmentPool, event: unknown): Promise<InvocationOutcome> {
    const requestId = crypto.randomUUID();
    this.#busy.add(environment);
    // An event that cannot be passed to a thread fails its own invocation.
    const failed = (error: unknown): InvocationOutcome => ({ kind: 'threw', error: String(error) });
    const outcome = await environment.invoke(requestId, event).catch(failed);
    this.#busy.delete(environment);
    pool.release(environment);
    if (!this.#isDisposed) this.#report(requestId, outcome);
    return outcome;
  }

  /** Writes a line to the function's output. */
  say(text: string): void {
    this.#options.output(`${text}\n`);
  }

  /** Kills the environment that has been at work longest, as when its process dies. @returns whether there was one */
  async crash(): Promise<boolean> {
    const [environment] = this.#busy;
    await environment?.dispose();
    return environment !== undefined;
  }

  /** Kills what is running. Further invocations load the function's code anew. */
  async restart(): Promise<void> {
    const old = this.#environments;
    this.#environments = new EnvironmentPool(this.#options);
    await old.dispose();
  }

  /** Kills what is running; what is waiting does not begin. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#environments.dispose();
  }

  #report(requestId: string, outcome: InvocationOutcome): void {
    if (outcome.kind === 'threw') this.say(`${requestId} ERROR ${outcome.error}`);
    if (outcome.kind === 'timedOut') {
      this.say(`${requestId} Task timed out after ${(this.#options.timeoutMillis / 1000).toFixed(2)} seconds`);
    }
  }
}
