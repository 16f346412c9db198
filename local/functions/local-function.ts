// A stand-in for one Lambda function: a warm environment is used again, a further concurrent invocation gets a further
// environment. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

import { Environment, type EnvironmentOptions, type InvocationOutcome } from './environment.ts';

export interface LocalFunctionOptions extends EnvironmentOptions {
  /** Concurrent environments; further invocations wait. Lambda would go on to a thousand. @default 4 */
  readonly maxEnvironments?: number;
}

/** The event grew too old. */
export interface Expired {
  readonly kind: 'expired';
}

const DEFAULT_MAX_ENVIRONMENTS = 4;

export class LocalFunction {
  readonly #options: LocalFunctionOptions;
  readonly #idle: Environment[] = [];
  readonly #all = new Set<Environment>();
  /** With an invocation, the longest first. */
  readonly #busy = new Set<Environment>();
  readonly #waiting: ((environment: Environment | undefined) => void)[] = [];
  #isDisposed = false;

  constructor(options: LocalFunctionOptions) {
    this.#options = options;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Never rejects: what goes wrong is an outcome, and written to the function's output as Lambda does.
   *  @returns `expired` when the event found no environment until `latestMillis`, epoch */
  async invoke(event: unknown): Promise<InvocationOutcome>;
  async invoke(event: unknown, options: { latestMillis: number }): Promise<InvocationOutcome | Expired>;
  async invoke(event: unknown, { latestMillis = Number.POSITIVE_INFINITY } = {}): Promise<InvocationOutcome | Expired> {
    const environment = await this.#acquire();
    if (environment === undefined) return { kind: 'threw', error: 'the function was disposed of' };
    if (Date.now() > latestMillis) {
      this.#release(environment);
      return { kind: 'expired' };
    }
    const requestId = crypto.randomUUID();
    this.#busy.add(environment);
    const outcome = await environment.invoke(requestId, event);
    this.#busy.delete(environment);
    this.#release(environment);
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

  /** Kills what is running; what is waiting does not begin. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const wait of this.#waiting.splice(0)) wait(undefined);
    await Promise.all([...this.#all].map((environment) => environment.dispose()));
  }

  /** @returns undefined once the function has been disposed of */
  async #acquire(): Promise<Environment | undefined> {
    if (this.#isDisposed) return undefined;
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.hasEnded) return idle;
      this.#all.delete(idle);
    }
    if (this.#all.size < (this.#options.maxEnvironments ?? DEFAULT_MAX_ENVIRONMENTS)) return this.#start();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(environment: Environment): void {
    if (environment.hasEnded) this.#all.delete(environment);
    const next = this.#waiting.shift();
    if (next !== undefined) next(environment.hasEnded ? this.#start() : environment);
    else if (!environment.hasEnded) this.#idle.push(environment);
  }

  #start(): Environment {
    const environment = new Environment(this.#options);
    this.#all.add(environment);
    return environment;
  }

  #report(requestId: string, outcome: InvocationOutcome): void {
    const { output, timeoutMillis } = this.#options;
    if (outcome.kind === 'threw') output(`${requestId} ERROR ${outcome.error}\n`);
    if (outcome.kind === 'timedOut') {
      output(`${requestId} Task timed out after ${(timeoutMillis / 1000).toFixed(2)} seconds\n`);
    }
  }
}
