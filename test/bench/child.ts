// Child processes of the benchmarks. Each figure is measured in its own process. A child exits when its parent exits.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface ChildOptions {
  readonly args?: readonly string[];
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a module in a child process. If the child exits too early, `message()` rejects with the end of its stderr. */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;
  #errors = '';

  constructor(module: URL, { args = [], env = {} }: ChildOptions = {}) {
    this.#process = fork(module, args, {
      env: { ...process.env, ...env },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.stderr?.on('data', (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-1_000);
    });
    this.#ended = once(this.#process, 'exit').then(([code, signal]) => {
      throw new Error(`${module.pathname} exited with ${signal ?? code}: ${this.#errors}`);
    });
    this.#ended.catch(() => {});
  }

  send(message: object): void {
    this.#process.send(message);
  }

  /** @returns the next message from the child @throws Error if the child exits before it sends one */
  async message<T>(): Promise<T> {
    const [message] = await Promise.race([once(this.#process, 'message'), this.#ended]);
    return message as T;
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await this.#ended.catch(() => {});
  }
}

/** Called in the child. Keeps it running until its parent exits, and then exits too. */
export function exitWithParent(): void {
  process.on('disconnect', () => process.exit());
}

/** Called in the child. */
export function sendToParent(message: object): void {
  process.send?.(message);
}
