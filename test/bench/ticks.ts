// Ticks as viewers of `npm start` receive them, by the wall clock: losses, doubles, and the age of a tick on arrival.
//
//   npm run bench -- [--viewers 5] [--seconds 150] [--json]
//
// Starts the real command in a process of its own, so that its schedule is the real one of a minute. Asserts nothing
// about times; exits with 1 when a viewer missed a tick or got one twice.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sequenceAt } from '../../lambdas/protocol.ts';
import { TestViewer } from '../support/test-viewer.ts';

const INTERVAL_MILLIS = 1_000;

/** A viewer who is connected at some moment gets the next tick or the one after. */
const FIRST_TICK_AFTER = 2;

interface Watch {
  readonly viewer: TestViewer;
  readonly connectedMillis: number;
}

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '150' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

const project = fileURLToPath(new URL('../..', import.meta.url));
const server = spawn(process.execPath, ['local/main.ts', '--port', '0'], { cwd: project });
const exited = once(server, 'exit');
let logs = '';
server.stderr.on('data', (chunk) => {
  logs += chunk;
});
try {
  const socketUrl = await startedAt();
  const openedMillis = Date.now();
  const first = await watch(socketUrl);
  const [firstTick] = await first.viewer.tickCount(1);
  const watches = [first];
  while (watches.length < Number(values.viewers)) {
    const batch = Math.min(100, Number(values.viewers) - watches.length);
    watches.push(...(await Promise.all(Array.from({ length: batch }, () => watch(socketUrl)))));
  }
  await Promise.race([sleep(seconds * 1000), exited]);
  // Until shortly before a boundary, when the tick before it must have come.
  await sleep(INTERVAL_MILLIS - (Date.now() % INTERVAL_MILLIS) + INTERVAL_MILLIS - 50);

  const report = {
    machine: `${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    viewers: watches.length,
    seconds,
    runners: count(/"a runner arrived"/g),
    handOvers: count(/"left":"handed over"/g),
    firstTickMillis: (firstTick?.arrivedAtMillis ?? 0) - openedMillis,
    ...measure(watches, Date.now()),
  };
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else console.table(report);
  process.exitCode = report.missing === 0 && report.twice === 0 ? 0 : 1;
} finally {
  server.kill('SIGTERM');
  await exited;
}
process.exit();

/** @returns the URL of the socket, once the server has printed the page's */
async function startedAt(): Promise<string> {
  for await (const line of createInterface(server.stdout)) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url) return `${url.replace('http', 'ws')}websocket`;
  }
  throw new Error(`the server did not start: ${logs}`);
}

async function watch(socketUrl: string): Promise<Watch> {
  const viewer = await TestViewer.connect(`${socketUrl}?id=bench`);
  return { viewer, connectedMillis: Date.now() };
}

function count(pattern: RegExp): number {
  return logs.match(pattern)?.length ?? 0;
}

function measure(watches: readonly Watch[], endMillis: number) {
  let missing = 0;
  let twice = 0;
  const ages: number[] = [];
  for (const { viewer, connectedMillis } of watches) {
    const sequences = new Set(viewer.ticks.map(({ sequence }) => sequence));
    const due = sequenceAt(connectedMillis, INTERVAL_MILLIS) + FIRST_TICK_AFTER;
    const from = Math.min(due, viewer.ticks[0]?.sequence ?? due);
    missing += sequenceAt(endMillis, INTERVAL_MILLIS) - from + 1 - sequences.size;
    twice += viewer.ticks.length - sequences.size;
    for (const { sequence, arrivedAtMillis } of viewer.ticks) ages.push(arrivedAtMillis - sequence * INTERVAL_MILLIS);
  }
  ages.sort((a, b) => a - b);
  const quantile = (share: number) => ages[Math.min(ages.length - 1, Math.ceil(ages.length * share) - 1)];
  return {
    ticks: ages.length,
    missing,
    twice,
    ageP50Millis: quantile(0.5),
    ageP99Millis: quantile(0.99),
    ageMaxMillis: ages.at(-1),
  };
}
