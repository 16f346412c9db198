// One execution environment of Lambda: a thread with its own environment variables. It is killed when an invocation
// exceeds its timeout.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type RuntimeSettings, runtimeVariables } from './runtime-variables.ts';
import type { InvocationAnswer, InvocationMessage, WorkerInput, WorkerMessage } from './worker.ts';

export type InvocationOutcome = InvocationAnswer | { readonly kind: 'timedOut' };

export interface EnvironmentOptions extends RuntimeSettings, Omit<WorkerInput, 'sent'> {
  /** Variables that the deployment sets. The variables that Lambda itself sets are added. */
  readonly variables: Readonly<Record<string, string>>;
  /** Timeout of the function. It starts when the handler is called. */
  readonly timeoutMillis: number;
  /** Time for the start of an environment that does not count toward the timeout. @default 10,000, as on AWS */
  readonly initializationMillis?: number;
  /** Receives the output of the function (stdout and stderr). */
  output(text: string): void;
}

const DEFAULT_INITIALIZATION_MILLIS = 10_000;

export class Environment {
  /** Resolves when the handler is loaded or the environment has ended. */
  readonly started: Promise<void>;
  #hasStarted = false;
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** The reason why the environment has ended. */
  #end: InvocationOutcome | undefined;
  /** Resolves the current invocation. */
  #settle: ((outcome: InvocationOutcome) => void) | undefined;

  constructor(options: EnvironmentOptions) {
    const { handlerUrl, functionName, variables } = options;
    this.#options = options;
    this.#worker = new Worker(new URL('../../dist/local/function-worker.mjs', import.meta.url), {
      name: functionName,
      workerData: { handlerUrl, sent: this.#sent } satisfies WorkerInput,
      env: { ...variables, ...runtimeVariables(options) },
      // The first releases of Node 24 warn about type stripping, which would be in the function's log.
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
    // An uncaught error ends the thread, also between two invocations. The next invocation gets a new environment.
    this.#worker.on('error', (error: unknown) => end(String((error as Error)?.stack ?? error)));
    this.#worker.on('exit', (code) => end(`the runtime exited with code ${code}`));
  }

  /** True if the handler is loaded or the environment has ended. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** True if the environment has ended and can serve no further invocation. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Invokes the handler. Only one invocation may run at a time. After the outcome `timedOut`, the environment has
   *  ended, or it is still starting. In that case it has not received the event and can be used later. */
  async invoke(requestId: string, event: unknown): Promise<InvocationOutcome> {
    const { timeoutMillis, initializationMillis = DEFAULT_INITIALIZATION_MILLIS } = this.#options;
    await within(initializationMillis + timeoutMillis, this.started);
    if (!this.#hasStarted) return { kind: 'timedOut' };
    if (this.#end !== undefined) return this.#end;

    const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
    this.#settle = resolve;
    try {
      // Increase the count before posting. If a thread reads the old count after it has the event, it would not freeze
      // after its answer.
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

/** Waits for the promise, up to this time. */
async function within(millis: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([promise, sleep(millis, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
