// Emulates one Lambda function: its invocations, their concurrency and its log.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html

import { Concurrency } from './concurrency.ts';
import type { Environment, InvocationOutcome } from './environment.ts';
import { EnvironmentPool, type PoolOptions } from './environment-pool.ts';

export interface LocalFunctionOptions extends PoolOptions {
  /** Concurrency of the account, shared by its functions. @default - a separate one with Lambda's default quota */
  readonly concurrency?: Concurrency;
}

/** The outcome of an invocation. `throttled`: the concurrency of the account was used up. `dropped`: the caller aborted
 *  while the invocation waited for an environment. In both cases the invocation did not start. */
export type FunctionOutcome = InvocationOutcome | { readonly kind: 'throttled' | 'dropped' };

export interface InvokeOptions {
  /** Aborts an invocation that has not started. A started one continues to its end. */
  readonly signal?: AbortSignal;
}

export class LocalFunction {
  readonly #options: LocalFunctionOptions;
  readonly #concurrency: Concurrency;
  #environments: EnvironmentPool;
  /** Environments with a running invocation. The longest-running one is first. */
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

  /** Never rejects. A failure is an outcome, and is written to the function's output as in Lambda. */
  async invoke(event: unknown, { signal }: InvokeOptions = {}): Promise<FunctionOutcome> {
    if (!this.#concurrency.take()) return { kind: 'throttled' };
    try {
      for (;;) {
        const pool = this.#environments;
        const environment = await pool.acquire(signal);
        if (environment !== undefined) return await this.#run(environment, pool, event);
        if (this.#isDisposed) return { kind: 'threw', error: 'the function was disposed of' };
        // After a restart the invocation waits in the new pool.
        if (pool === this.#environments) return { kind: 'dropped' };
      }
    } finally {
      this.#concurrency.release();
    }
  }

  async #run(environment: Environment, pool: EnvironmentPool, event: unknown): Promise<InvocationOutcome> {
    const requestId = crypto.randomUUID();
    this.#busy.add(environment);
    // If an event cannot be passed to a thread, only its own invocation fails.
    const failed = (error: unknown): InvocationOutcome => ({ kind: 'threw', error: String(error) });
    const outcome = await environment.invoke(requestId, event).catch(failed);
    this.#busy.delete(environment);
    pool.release(environment);
    if (!this.#isDisposed) this.#report(requestId, outcome);
    return outcome;
  }

  /** Writes a line to the function's output. */
  log(text: string): void {
    this.#options.output(`${text}\n`);
  }

  /** Kills the environment with the longest-running invocation. @returns false if there is none */
  async crash(): Promise<boolean> {
    const [environment] = this.#busy;
    await environment?.dispose();
    return environment !== undefined;
  }

  /** Kills all environments. Further invocations load the code of the function again. */
  async restart(): Promise<void> {
    const old = this.#environments;
    this.#environments = new EnvironmentPool(this.#options);
    await old.dispose();
  }

  /** Kills all environments. Waiting invocations do not start. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#environments.dispose();
  }

  #report(requestId: string, outcome: InvocationOutcome): void {
    if (outcome.kind === 'threw') this.log(`${requestId} ERROR ${outcome.error}`);
    if (outcome.kind === 'timedOut') {
      this.log(`${requestId} Task timed out after ${(this.#options.timeoutMillis / 1000).toFixed(2)} seconds`);
    }
  }
}
