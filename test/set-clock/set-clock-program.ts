// `npm start` with a clock that a test sets. libfaketime adds the offset in a file to the wall clock of the process,
// but not to the monotonic clock. https://github.com/wolfcw/libfaketime

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export class SetClockProgram {
  readonly socketUrl: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #errors = '';

  private constructor(child: ChildProcess, folder: string, siteUrl: string) {
    this.#child = child;
    this.#folder = folder;
    this.socketUrl = `${siteUrl.replace('http', 'ws')}websocket`;
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text;
    });
  }

  /** @param libraryPath path of libfaketime */
  static async start(libraryPath: string, ...args: readonly string[]): Promise<SetClockProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'tickcast-set-clock-'));
    await writeOffset(folder, 0);
    const child = spawn(process.execPath, ['commands/index.js', 'start', '--port', '0', ...args], {
      cwd: PROJECT,
      env: {
        ...process.env,
        LD_PRELOAD: libraryPath,
        FAKETIME_TIMESTAMP_FILE: offsetFile(folder),
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        // Do not change the times of files.
        NO_FAKE_STAT: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for await (const line of createInterface(child.stdout)) {
      const [, siteUrl] = /^Tickcast is running at (http:\/\/\S+) /.exec(line) ?? [];
      if (siteUrl !== undefined) return new SetClockProgram(child, folder, siteUrl);
    }
    throw new Error(`the program has ended: ${child.stderr.read() ?? ''}`);
  }

  /** Sets the clock of the program to the true time plus this offset. */
  setClock(offsetSeconds: number): Promise<void> {
    return writeOffset(this.#folder, offsetSeconds);
  }

  /** Lines on stderr that are not log entries, for example a stack trace. */
  get strayLines(): string[] {
    return this.#errors.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  }

  async dispose(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function offsetFile(folder: string): string {
  return join(folder, 'offset');
}

/** Replaces the file in one step, so that the program never reads a part of it. */
async function writeOffset(folder: string, offsetSeconds: number): Promise<void> {
  const next = join(folder, 'next');
  await writeFile(next, `${offsetSeconds < 0 ? '-' : '+'}${Math.abs(offsetSeconds)}\n`);
  await rename(next, offsetFile(folder));
}
