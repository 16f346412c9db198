// `npm run endurance`: runs the local platform for many minutes in one of four scenes.
// Exits with 1 if a limit of the scene was exceeded.

import { ensureBuilt } from '../../../commands/build/sources.ts';
import { parseCommandLine, readCommandLine } from '../../../commands/common/command-line.ts';
import { parseCount } from '../../../protocol/settings.ts';
import { runCrowd } from './crowd.ts';
import { runSteady } from './steady.ts';
import { runTroubles } from './troubles.ts';
import { runVisits } from './visits.ts';

const USAGE = `Usage: npm run endurance -- [options]

  --visits           viewers come and go, and the schedule has EventBridge's worst jitter (default)
  --trouble          gateway, table and queue fail at random moments, and runners are killed
  --steady           viewers stay connected; print the memory of each thread every minute
  --crowd            all viewers lose their connections and reconnect; print the peak memory
  --minutes <number> duration (default 10; steady 60; --crowd ignores it)
  --viewers <number> number of viewers (default 20; steady 200; crowd 1000)
  --help             print this help
`;

const SCENES = {
  visits: { run: runVisits, minutes: 10, viewers: 20 },
  trouble: { run: runTroubles, minutes: 10, viewers: 20 },
  steady: { run: runSteady, minutes: 60, viewers: 200 },
  crowd: { run: runCrowd, minutes: 0, viewers: 1_000 },
} as const;

const OPTIONS = {
  visits: { type: 'boolean' },
  trouble: { type: 'boolean' },
  steady: { type: 'boolean' },
  crowd: { type: 'boolean' },
  minutes: { type: 'string' },
  viewers: { type: 'string' },
} as const;

const { run, ...size } = readCommandLine('npm run endurance', USAGE, (args) =>
  parseCommandLine(args, OPTIONS, (values) => {
    const name = (['steady', 'trouble', 'crowd'] as const).find((option) => values[option]) ?? 'visits';
    const scene = SCENES[name];
    return {
      run: scene.run,
      minutes: parseCount('--minutes', values.minutes ?? String(scene.minutes), 99_999, 0),
      viewers: parseCount('--viewers', values.viewers ?? String(scene.viewers), 99_999),
    };
  }),
);
await ensureBuilt();
process.exit((await run(size)) ? 0 : 1);
