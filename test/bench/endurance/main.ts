// `npm run endurance`: the local platform for many minutes, in one of four scenes. Exits with 1 when more was lost than the
// scene allows.

import { ensureBuilt } from '../../../commands/build/sources.ts';
import { parseCommandLine, readCommandLine } from '../../../commands/common/command-line.ts';
import { parseCount } from '../../../protocol/settings.ts';
import { runCrowd } from './crowd.ts';
import { runSteady } from './steady.ts';
import { runTroubles } from './troubles.ts';
import { runVisits } from './visits.ts';

const USAGE = `Usage: npm run endurance -- [options]

  --visits           viewers come and go, and the schedule is as bad as EventBridge's may be; the default
  --trouble          gateway and table refuse, hang, reset and throttle, and runners are killed, at random moments
  --steady           viewers stay: the memory of each thread, every minute
  --crowd            viewers are cut together and return at once: the most memory that takes
  --minutes <number> how long (default 10; steady 60; not of the crowd)
  --viewers <number> how many (default 20; steady 200; crowd 1000)
  --help             print this
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
