// Starts the two clocks whose ticks are measured, each in its own process: `npm start` and the Tornado program.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface System {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** CPU seconds of all its threads so far; null on systems other than Linux. */
  cpuSeconds(): number | null;
  /** Everything that it has written to stderr so far. */
  logs(): string;
  stop(): Promise<void>;
}

/** Unit of /proc/<pid>/stat. It is the same on every Linux architecture that Node supports. */
const CLOCK_TICKS_PER_SECOND = 100;

/** @param folder where the log file is written; with a file, no process has to read logs during the measurement */
export async function startTickcast(folder: string): Promise<System> {
  const project = fileURLToPath(new URL('../..', import.meta.url));
  // The first flag is the one that `npm start` passes.
  const args = [
    '--max-semi-space-size=8',
    '--disable-warning=ExperimentalWarning',
    'commands/index.js',
    'start',
    '--port',
    '0',
    '--unthrottled',
  ];
  // With this variable `npm start` exits when its parent exits.
  return start(process.execPath, args, { folder, cwd: project, env: { npm_lifecycle_event: 'start' } });
}

/** @returns undefined if no Python on this machine has Tornado */
export async function startTornado(folder: string): Promise<System | undefined> {
  const python = pythonWithTornado();
  if (python === undefined) return undefined;
  return start(python, [fileURLToPath(new URL('tornado.py', import.meta.url)), '0'], { folder });
}

/** Debian's Tornado package works only with Debian's Python, which may not be the first on PATH. */
function pythonWithTornado(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import tornado']).status === 0);
}

interface StartOptions {
  readonly folder: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Reads the port from the first line on stdout. */
async function start(command: string, args: string[], { folder, cwd, env }: StartOptions): Promise<System> {
  const logFile = join(folder, 'system.log');
  const log = openSync(logFile, 'w');
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const logs = () => readFileSync(logFile, 'utf8');
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  for await (const line of createInterface(child.stdout as NonNullable<ChildProcess['stdout']>)) {
    const port = Number(/\d+(?=\D*$)/.exec(line.replace(/ \(.*/, ''))?.[0]);
    return { host: '127.0.0.1', port, cpuSeconds: () => cpuSeconds(child.pid), logs, stop };
  }
  await exited;
  throw new Error(`${command} did not start: ${logs().slice(-1_000)}`);
}

function cpuSeconds(pid: number | undefined): number | null {
  if (process.platform !== 'linux') return null;
  // The second field is the program's name in parentheses. The name may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
