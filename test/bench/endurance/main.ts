// Many minutes of `npm start` with a schedule that is as bad as EventBridge's may be, and viewers who come and go: counts
// what each of them missed or got twice.
//
//   npm run endurance -- [--minutes 10] [--viewers 20]
//
// Half of the viewers stay; each of the others comes for up to a minute, goes, and comes again. Exits with 1 when
// anybody missed a tick or got one twice.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sequenceAt } from '../../../lambdas/protocol.ts';
import { TestViewer } from '../../support/test-viewer.ts';

const INTERVAL_MILLIS = 1_000;

/** Who is connected at some moment gets the next tick or the one after. */
const FIRST_TICK_AFTER = 2;

/** By then the last tick has come. */
const LATEST_MILLIS = 950;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, viewers: { type: 'string', default: '20' } },
});
const endMillis = Date.now() + Number(values.minutes) * 60_000;
const totals = { visits: 0, ticks: 0, missing: 0, twice: 0, ageMaxMillis: 0, firstTickMaxMillis: 0 };

const project = fileURLToPath(new URL('../../..', import.meta.url));
const server = spawn(process.execPath, ['local/main.ts', '--port', '0', '--schedule-jitter'], { cwd: project });
const exited = once(server, 'exit');
let logs = '';
server.stderr.on('data', (chunk) => {
  logs += chunk;
});
try {
  const socketUrl = await startedAt();
  const count = Number(values.viewers);
  await Promise.all(Array.from({ length: count }, (_, index) => live(socketUrl, index < count / 2)));
  const of = (pattern: RegExp) => logs.match(pattern)?.length ?? 0;
  console.table({
    minutes: Number(values.minutes),
    ...totals,
    runnersArrived: of(/"a runner arrived"/g),
    notNeeded: of(/"left":"not needed"/g),
    handOvers: of(/"left":"another leads"/g),
    timeIsUp: of(/"left":"time is up"/g),
    missedByRunners: of(/"missed ticks"/g),
  });
  process.exitCode = totals.missing + totals.twice === 0 ? 0 : 1;
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

/** One seat: somebody who stays to the end, or one visitor after another. */
async function live(socketUrl: string, stays: boolean): Promise<void> {
  while (Date.now() < endMillis) {
    const leaveMillis = stays ? endMillis : Math.min(endMillis, Date.now() + 2_000 + Math.random() * 58_000);
    await visit(socketUrl, leaveMillis);
    await sleep(Math.random() * 5_000);
  }
}

async function visit(socketUrl: string, leaveMillis: number): Promise<void> {
  const viewer = await TestViewer.connect(`${socketUrl}?id=endurance`);
  const connectedMillis = Date.now();
  await sleep(leaveMillis - connectedMillis);
  // The tick of this second has come by its end, or not at all.
  await sleep(LATEST_MILLIS - (Date.now() % INTERVAL_MILLIS) + INTERVAL_MILLIS);
  const lastSequence = sequenceAt(Date.now(), INTERVAL_MILLIS);
  const ticks = [...viewer.ticks];
  viewer.socket.close(1000);

  const sequences = new Set(ticks.map(({ sequence }) => sequence));
  const due = sequenceAt(connectedMillis, INTERVAL_MILLIS) + FIRST_TICK_AFTER;
  const from = Math.min(due, ticks[0]?.sequence ?? due);
  totals.visits++;
  totals.ticks += ticks.length;
  totals.missing += Math.max(0, lastSequence - from + 1 - sequences.size);
  totals.twice += ticks.length - sequences.size;
  totals.firstTickMaxMillis = Math.max(totals.firstTickMaxMillis, (ticks[0]?.arrivedAtMillis ?? 0) - connectedMillis);
  for (const { sequence, arrivedAtMillis } of ticks) {
    totals.ageMaxMillis = Math.max(totals.ageMaxMillis, arrivedAtMillis - sequence * INTERVAL_MILLIS);
  }
}
