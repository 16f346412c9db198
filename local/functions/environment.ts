// One Lambda environment: a thread with an environment of its own, killed when an invocation outlasts its timeout.

import { Worker } from 'node:worker_threads';
import type { InvocationAnswer, InvocationMessage, WorkerInput } from './worker.ts';

export type InvocationOutcome = InvocationAnswer | { readonly kind: 'timedOut' };

export interface EnvironmentOptions extends Omit<WorkerInput, 'sent'> {
  /** The whole of the function's `process.env`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  /** Gets what the function writes to stdout and stderr. */
  output(text: string): void;
}

export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #hasEnded = false;

  constructor(options: EnvironmentOptions) {
    const { handlerUrl, handlerPath, functionName, variables } = options;
    this.#options = options;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: functionName,
      workerData: {
        handlerUrl,
        ...(handlerPath && { handlerPath }),
        functionName,
        sent: this.#sent,
      } satisfies WorkerInput,
      env: { ...variables },
      // Nothing of ours; on the first releases of Node 24 type stripping would warn into the function's log.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', options.output);
    }
    const end = () => {
      this.#hasEnded = true;
    };
    // An uncaught error ends the thread, also between two invocations; the next one gets a new environment.
    this.#worker.on('error', end).on('exit', end);
  }

  /** An ended environment serves no further invocation. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** One at a time. The environment has ended when the outcome is `timedOut`. */
  async invoke(requestId: string, event: unknown): Promise<InvocationOutcome> {
    if (this.#hasEnded) return { kind: 'threw', error: 'the environment has ended' };
    const worker = this.#worker;
    const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
    const { timeoutMillis } = this.#options;
    const onExit = (code: number) => resolve({ kind: 'threw', error: `the runtime exited with code ${code}` });
    const onError = (error: unknown) => resolve({ kind: 'threw', error: String((error as Error)?.stack ?? error) });
    const timer = setTimeout(() => resolve({ kind: 'timedOut' }), timeoutMillis);
    worker.once('message', resolve).once('error', onError).once('exit', onExit);
    try {
      const deadlineMillis = Date.now() + timeoutMillis;
      Atomics.add(this.#sent, 0, 1);
      Atomics.notify(this.#sent, 0);
      worker.postMessage({ requestId, event, deadlineMillis } satisfies InvocationMessage);
      const outcome = await promise;
      if (outcome.kind === 'timedOut') await this.dispose();
      return outcome;
    } finally {
      clearTimeout(timer);
      worker.off('message', resolve).off('error', onError).off('exit', onExit);
    }
  }

  async dispose(): Promise<void> {
    this.#hasEnded = true;
    await this.#worker.terminate();
  }
}
