// `npm run viewers`: lists the connected viewers, sends them a text, or closes their connections.

import { setTimeout as sleep } from 'node:timers/promises';
import { readCommandLine } from './common/command-line.ts';
import {
  type Act,
  chosen,
  closing,
  ending,
  listViewers,
  sending,
  type Totals,
  telling,
  toEach,
} from './viewers/actions.ts';
import { type Deployment, reach } from './viewers/deployment.ts';
import { jsonOf, printable, tableOf } from './viewers/listing.ts';
import { isMove, parseOptions, USAGE, type ViewersOptions } from './viewers/options.ts';

type Notice = { readonly code: number; readonly reason: string };

const PROGRESS_MILLIS = 1_000;

/** How long viewers have to go to another cell. */
const MOVE_MILLIS = 10_000;

/** Maximum number of printed problems with single viewers. */
const MAX_COMPLAINTS = 5;

process.exitCode = await main(readCommandLine('npm run viewers', USAGE, parseOptions));

/** @returns the exit code: 1 if something failed */
async function main(options: ViewersOptions): Promise<number> {
  let deployment: Deployment | undefined;
  try {
    deployment = await reach(options.place);
    return await run(options, deployment);
  } catch (error) {
    const { message, name } = error as Error;
    say(message.split('\n', 1)[0] || name);
    return 1;
  } finally {
    deployment?.dispose();
  }
}

async function run(options: ViewersOptions, deployment: Deployment): Promise<number> {
  if (options.action === 'list') {
    const viewers = await listViewers(deployment);
    process.stdout.write(options.isJson ? jsonOf(viewers) : tableOf(viewers));
    return 0;
  }
  const { choice } = options;
  const connectionIds = await chosen(choice, deployment);
  if (connectionIds.length === 0) {
    process.stdout.write(
      'id' in choice ? `No viewer with the id "${printable(choice.id)}" is connected.\n` : tableOf([]),
    );
    // A named viewer who is not connected is a failure; no viewers at all is not.
    return 'id' in choice ? 1 : 0;
  }
  if (options.action === 'close' && isMove(options.code)) return move(connectionIds, options, deployment);
  const act = options.action === 'send' ? sending(options.text, deployment) : closing(options, deployment);
  const totals = await doToAll(connectionIds, act, deployment);
  process.stdout.write(`${options.action === 'send' ? 'Sent to' : 'Closed'} ${totals.done}; ${restOf(totals)}.\n`);
  const isInVain = totals.done === 0 && !('all' in choice);
  return totals.failed > 0 || isInVain ? 1 : 0;
}

/** Sends the notice to all, and after a while closes the connections of viewers who have not gone to another cell. */
async function move(connectionIds: readonly string[], notice: Notice, deployment: Deployment): Promise<number> {
  const seconds = MOVE_MILLIS / 1_000;
  const told = await doToAll(connectionIds, telling(notice, deployment), deployment);
  process.stdout.write(`Told ${told.done}; ${restOf(told)}. They have ${seconds} s to go to another cell.\n`);
  await sleep(MOVE_MILLIS);
  const ended = await doToAll(connectionIds, ending(deployment), deployment);
  process.stdout.write(`Closed ${ended.done} who stayed; ${restOf(ended)}.\n`);
  return told.failed + ended.failed > 0 || told.done === 0 ? 1 : 0;
}

async function doToAll(connectionIds: readonly string[], act: Act, deployment: Deployment): Promise<Totals> {
  const reports = makeReports(connectionIds.length);
  const totals = await toEach(connectionIds, act, deployment, reports);
  reports.end();
  return totals;
}

/** Progress on stderr. */
function makeReports(total: number) {
  let saidMillis = Date.now();
  let complaints = 0;
  return {
    progress({ done, gone, failed }: Totals) {
      const now = Date.now();
      if (now - saidMillis < PROGRESS_MILLIS) return;
      saidMillis = now;
      say(`${done + gone + failed} of ${total}`);
    },
    complain(connectionId: string, text: string) {
      if (++complaints <= MAX_COMPLAINTS) say(`${printable(connectionId)}: ${text}`);
    },
    end() {
      if (complaints > MAX_COMPLAINTS) say(`and ${complaints - MAX_COMPLAINTS} more complaints`);
    },
  };
}

function restOf({ gone, failed }: Totals): string {
  return `${gone} gone, ${failed} failed`;
}

function say(line: string): void {
  process.stderr.write(`viewers: ${line}\n`);
}
