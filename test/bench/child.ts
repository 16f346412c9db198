// Child processes of the benches: each figure is of a process of its own, and none outlives its parent.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface ChildOptions {
  readonly args?: readonly string[];
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a module. What it writes to stderr is told when it ends before it was stopped. */
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
      throw new Error(`${module.pathname} ended with ${signal ?? code}: ${this.#errors}`);
    });
    this.#ended.catch(() => {});
  }

  send(message: object): void {
    this.#process.send(message);
  }

  /** @returns the next message of the child @throws when it ends without one */
  async message<T>(): Promise<T> {
    const [message] = await Promise.race([once(this.#process, 'message'), this.#ended]);
    return message as T;
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await this.#ended.catch(() => {});
  }
}

/** For the child: its parent's end is its own, and until then it stays. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit());
}

/** For the child. */
export function tellParent(message: object): void {
  process.send?.(message);
}
