// One Lambda environment: a thread with an environment of its own, killed when an invocation outlasts its timeout.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type RuntimeSettings, runtimeVariables } from './runtime-variables.ts';
import type { InvocationAnswer, InvocationMessage, WorkerInput, WorkerMessage } from './worker.ts';

export type InvocationOutcome = InvocationAnswer | { readonly kind: 'timedOut' };

export interface EnvironmentOptions extends RuntimeSettings, Omit<WorkerInput, 'sent'> {
  /** Set by the deployment; what Lambda itself sets comes in addition. */
  readonly variables: Readonly<Record<string, string>>;
  /** The function's timeout, from the moment its handler is called. */
  readonly timeoutMillis: number;
  /** How long the start of an environment counts against no timeout. @default 10,000, as on AWS */
  readonly initializationMillis?: number;
  /** Gets what the function writes to stdout and stderr. */
  output(text: string): void;
}

const DEFAULT_INITIALIZATION_MILLIS = 10_000;

export class Environment {
  /** Resolves when the handler is loaded, or when the environment has ended before. */
  readonly started: Promise<void>;
  #hasStarted = false;
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Why the environment has ended. */
  #end: InvocationOutcome | undefined;
  /** Settles the invocation that is at work. */
  #settle: ((outcome: InvocationOutcome) => void) | undefined;

  constructor(options: EnvironmentOptions) {
    const { handlerUrl, functionName, variables } = options;
    this.#options = options;
    this.#worker = new Worker(new URL('../../dist/local/function-worker.mjs', import.meta.url), {
      name: functionName,
      workerData: { handlerUrl, sent: this.#sent } satisfies WorkerInput,
      env: { ...variables, ...runtimeVariables(options) },
      // Nothing of ours; on the first releases of Node 24 type stripping would warn into the function's log.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', options.output);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.started = promise;
    const start = () => {
      this.#hasStarted = true;
      resolve();
    };
    this.#worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'started') start();
      else this.#settle?.(message);
    });
    const end = (error: string) => {
      this.#end ??= { kind: 'threw', error };
      start();
      this.#settle?.(this.#end);
    };
    // An uncaught error ends the thread, also between two invocations; the next one gets a new environment.
    this.#worker.on('error', (error: unknown) => end(String((error as Error)?.stack ?? error)));
    this.#worker.on('exit', (code) => end(`the runtime exited with code ${code}`));
  }

  /** The handler is loaded, or the environment has ended before. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** An ended environment serves no further invocation. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** One at a time. When the outcome is `timedOut`, the environment has ended, or is still starting: then the event was not
   *  given to it, and a slow start is not begun anew. */
  async invoke(requestId: string, event: unknown): Promise<InvocationOutcome> {
    const { timeoutMillis, initializationMillis = DEFAULT_INITIALIZATION_MILLIS } = this.#options;
    await within(initializationMillis + timeoutMillis, this.started);
    if (!this.#hasStarted) return { kind: 'timedOut' };
    if (this.#end !== undefined) return this.#end;

    const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
    this.#settle = resolve;
    try {
      // Count before posting: a thread that reads the old count after it has the event would not freeze after its answer.
      Atomics.add(this.#sent, 0, 1);
      this.#worker.postMessage({ requestId, event, timeoutMillis } satisfies InvocationMessage);
      Atomics.notify(this.#sent, 0);
      await within(timeoutMillis, promise);
      resolve({ kind: 'timedOut' });
      const outcome = await promise;
      if (outcome.kind === 'timedOut') await this.dispose();
      return outcome;
    } finally {
      this.#settle = undefined;
    }
  }

  async dispose(): Promise<void> {
    this.#end ??= { kind: 'threw', error: 'the environment was ended' };
    await this.#worker.terminate();
  }
}

/** Waits for the promise, but not for longer. */
async function within(millis: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([promise, sleep(millis, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
