// The two clocks whose ticks are measured, each started as a process of its own: `npm start` and the Tornado program.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface System {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** CPU of all its threads until now; null where the system does not tell. */
  cpuSeconds(): number | null;
  /** What it has written to stderr until now. */
  logs(): string;
  stop(): Promise<void>;
}

/** Of /proc/<pid>/stat; the same on all of Linux's architectures that Node runs on. */
const CLOCK_TICKS_PER_SECOND = 100;

/** @param folder for the logs, which go to a file so that no process has to read them meanwhile */
export async function startTickcast(folder: string): Promise<System> {
  const project = fileURLToPath(new URL('../..', import.meta.url));
  // The flag of `npm start`.
  const args = [
    '--max-semi-space-size=8',
    '--disable-warning=ExperimentalWarning',
    'commands/index.js',
    'start',
    '--port',
    '0',
    '--unthrottled',
  ];
  // Told that npm has started it, it ends when its parent does.
  return start(process.execPath, args, { folder, cwd: project, env: { npm_lifecycle_event: 'start' } });
}

/** @returns undefined when no Python here has Tornado */
export async function startTornado(folder: string): Promise<System | undefined> {
  const python = pythonWithTornado();
  if (python === undefined) return undefined;
  return start(python, [fileURLToPath(new URL('tornado.py', import.meta.url)), '0'], { folder });
}

/** Debian's package belongs to Debian's Python, which need not be the first on PATH. */
function pythonWithTornado(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import tornado']).status === 0);
}

interface StartOptions {
  readonly folder: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The first line on stdout holds the port. */
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
  // The second field is the program's name in brackets, which may itself hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
