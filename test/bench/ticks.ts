// Ticks as viewers of `npm start` receive them, by the wall clock: losses, doubles, and the age of a tick on arrival.
//
//   npm run bench -- [--viewers 5] [--seconds 150] [--json]
//
// Starts the real command in a process of its own, so that its schedule is the real one of a minute. Asserts nothing
// about times; exits with 1 when a tick was lost or came twice.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TestViewer } from '../support/test-viewer.ts';

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '150' },
    json: { type: 'boolean', default: false },
  },
});
const viewerCount = Number(values.viewers);
const seconds = Number(values.seconds);

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const server = spawn(process.execPath, ['local/main.ts', '--port', '0'], { cwd: PROJECT });
let logs = '';
server.stderr.on('data', (chunk) => {
  logs += chunk;
});
const [line] = await once(server.stdout, 'data');
const url = String(line).match(/http:\S+/)?.[0] ?? '';
const socketUrl = `${url.replace('http', 'ws')}websocket`;

const openedMillis = Date.now();
const first = await TestViewer.connect(`${socketUrl}?id=first`);
const [firstTick] = await first.tickCount(1);
const firstTickMillis = (firstTick?.arrivedAtMillis ?? 0) - openedMillis;

const viewers = [first];
while (viewers.length < viewerCount) {
  const batch = Math.min(100, viewerCount - viewers.length);
  viewers.push(
    ...(await Promise.all(Array.from({ length: batch }, () => TestViewer.connect(`${socketUrl}?id=bench`)))),
  );
}
await sleep(seconds * 1000);
const windows = viewers.map(({ ticks }) => ticks);
const report = {
  ...measure(windows),
  runners: count(/"a runner arrived"/g),
  handOvers: count(/"left":"handed over"/g),
};
server.kill('SIGTERM');
await once(server, 'exit');

if (values.json) console.log(JSON.stringify(report, null, 2));
else console.table(report);
process.exit(report.missing === 0 && report.twice === 0 ? 0 : 1);

function count(pattern: RegExp): number {
  return logs.match(pattern)?.length ?? 0;
}

function measure(windows: readonly TestViewer['ticks'][]) {
  let missing = 0;
  let twice = 0;
  const ages: number[] = [];
  for (const ticks of windows) {
    ticks.forEach(({ sequence, intervalMillis, arrivedAtMillis }, index) => {
      ages.push(arrivedAtMillis - sequence * intervalMillis);
      const step = index === 0 ? 1 : sequence - (ticks[index - 1]?.sequence ?? 0);
      if (step > 1) missing += step - 1;
      if (step < 1) twice++;
    });
  }
  ages.sort((a, b) => a - b);
  const quantile = (share: number) => ages[Math.min(ages.length - 1, Math.ceil(ages.length * share) - 1)];
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    viewers: windows.length,
    seconds,
    ticks: ages.length,
    missing,
    twice,
    firstTickMillis,
    ageP50Millis: quantile(0.5),
    ageP99Millis: quantile(0.99),
    ageMaxMillis: ages.at(-1),
  };
}
