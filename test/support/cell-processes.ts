// Cells that a test can kill. Each is a local platform in its own process.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CellSettings } from './cell-program.ts';

const PROGRAM = fileURLToPath(new URL('./cell-program.ts', import.meta.url));

export interface CellProcess {
  readonly siteUrl: string;
  readonly socketUrl: string;
  /** Kills the process without a shutdown. The operating system closes its connections. */
  kill(): Promise<void>;
}

/** Starts cells that know each other. They end with the test at the latest. */
export async function startCellProcesses(
  t: TestContext,
  count: number,
  settings: Omit<CellSettings, 'port' | 'others'> = {},
): Promise<CellProcess[]> {
  const ports = await freePorts(count);
  return Promise.all(
    ports.map(async (port, n) => {
      const others = [...ports.slice(n + 1), ...ports.slice(0, n)];
      const child = fork(PROGRAM, [JSON.stringify({ ...settings, port, others })]);
      t.after(() => kill(child));
      const [urls] = await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(([code]) => {
          throw new Error(`a cell ended with ${code}`);
        }),
      ]);
      return { ...urls, kill: () => kill(child) };
    }),
  );
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Returns a port that is free on all addresses at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '::');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
