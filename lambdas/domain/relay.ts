// One tick per interval out of a scheduler that fires somewhere within each minute, sometimes twice, sometimes not.
// Each invocation is a runner. Runners overlap, and every tick is claimed in the store before it is sent, so two runners
// never send the same one, whatever their clocks, pauses or duplicated events:
//
//   runner A   lead ---- lead ---- lead ---- leave
//   runner B                   stand by --- lead ---- lead ----
//              |         |         |         |         |        boundaries
//
// The leader claims a tick well before its boundary. The stand-by looks shortly before the boundary and claims what
// nobody has claimed, so a leader that died beside it costs a tick or two, and a hand-over costs none: a leader that sees a
// stand-by sends the tick it has claimed and leaves. docs/decisions/0002-relay.md tells why.

import { boundaryMillis, sequenceAt } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { type FanOutPorts, type FanOutReport, fanOut } from './fan-out.ts';
import type { Claim, RelayStore, StandBy } from './ports.ts';

/** How long before the boundary the leader claims: time for the claim and the roster to be read. */
export const CLAIM_LEAD_MILLIS = 400;

/** How long before the boundary the stand-by looks: after the leader's claim, in time for its own. */
export const LOOK_LEAD_MILLIS = 150;

/** How long after the boundary a copy may still leave. Older, it would tell a time that has passed. */
export const SEND_WINDOW_MILLIS = 900;

/** A stand-by announces itself once an interval; silent for this much longer, it no longer counts. */
export const STAND_BY_SLACK_MILLIS = 500;

/** How long a run waits in the end for the rows it is removing. What is left over is gone again at the next tick. */
const REMOVAL_GRACE_MILLIS = 500;

export interface Runner {
  /** Unique to the invocation. */
  readonly runnerId: string;
  readonly intervalMillis: number;
  /** Epoch; no tick is claimed whose send window ends later. */
  readonly leaveAtMillis: number;
  /** Posts in flight at most. */
  readonly poolSize: number;
}

export interface RelayPorts extends FanOutPorts {
  readonly relay: RelayStore;
}

export interface RelayReport {
  readonly left: 'another stands by' | 'handed over' | 'time is up';
  /** Ticks this runner sent. */
  readonly sent: number;
  /** Ticks this runner should have sent and did not: the store did not answer, or it was frozen over the moment. */
  readonly missed: number;
  /** Sum over the ticks sent. */
  readonly posts: Readonly<Record<string, number>>;
}

/** Runs until another runner follows or the time is up. Rejects never for a store that fails for a while: the tick is
 *  counted as missed and the next one tried. */
export async function runRelay(runner: Runner, ports: RelayPorts): Promise<RelayReport> {
  const { clock, relay, connections, log } = ports;
  const { runnerId, intervalMillis } = runner;
  const posts: Record<string, number> = {};
  let sent = 0;
  let missed = 0;
  let leading = false;
  let roster: readonly Connection[] | undefined;
  let readsBegun = 0;
  let rosterRead = 0;
  let sending: Promise<void> = Promise.resolve();
  let removing: Promise<unknown> = Promise.resolve();

  const nextSequence = () => sequenceAt(clock.now() + LOOK_LEAD_MILLIS, intervalMillis) + 1;

  function miss(sequence: number, count: number, reason: string, error?: unknown): void {
    missed += count;
    log.error('missed ticks', { sequence, count, reason, error });
  }

  /** A stand-by last seen before this is taken for dead. */
  const staleBeforeMillis = () => clock.now() - intervalMillis - STAND_BY_SLACK_MILLIS;

  async function announce(): Promise<StandBy | undefined> {
    return relay.standBy(clock.now(), runnerId, staleBeforeMillis()).catch((error) => {
      log.warn('could not announce the stand-by', { error });
      return undefined;
    });
  }

  /** Won, lost, or undefined when the store did not say. */
  async function claim(sequence: number): Promise<Claim | undefined> {
    return relay.claim(boundaryMillis(sequence, intervalMillis), runnerId).catch((error) => {
      miss(sequence, 1, 'the store did not answer', error);
      return undefined;
    });
  }

  /** A slow read may end after a later one; then the later one's roster stays. */
  async function readRoster(): Promise<void> {
    const read = ++readsBegun;
    try {
      const list = await connections.list(clock.now());
      if (read > rosterRead) [roster, rosterRead] = [list, read];
    } catch (error) {
      log.warn('could not read the roster; the last one serves', { error });
    }
  }

  async function send(sequence: number): Promise<void> {
    const boundary = boundaryMillis(sequence, intervalMillis);
    const deadlineMillis = boundary + SEND_WINDOW_MILLIS;
    await clock.sleepUntil(boundary);
    if (clock.now() >= deadlineMillis) return miss(sequence, 1, 'the runner was late');
    if (roster === undefined) return miss(sequence, 1, 'no roster could be read yet');
    sent++;
    const { poolSize } = runner;
    const tick = { sequence, intervalMillis, connections: roster, deadlineMillis, poolSize };
    sending = fanOut(tick, ports).then(({ report, removals }) => {
      add(posts, report);
      removing = Promise.all([removing, removals]);
    });
  }

  async function run(): Promise<RelayReport['left']> {
    const arrival = await announce();
    if (arrival?.accepted === false) return 'another stands by';
    // The first read takes longest, on connections yet to be made: it is not left to the first tick.
    readRoster();

    let sequence = nextSequence();
    while (boundaryMillis(sequence, intervalMillis) + SEND_WINDOW_MILLIS <= runner.leaveAtMillis) {
      const boundary = boundaryMillis(sequence, intervalMillis);
      await clock.sleepUntil(boundary - (leading ? CLAIM_LEAD_MILLIS : LOOK_LEAD_MILLIS));

      const standBy = leading ? undefined : await announce();
      if (standBy?.accepted === false) return 'another stands by';

      const isUnclaimed = standBy !== undefined && standBy.lastBoundaryMillis < boundary;
      const claimed = leading || isUnclaimed ? await claim(sequence) : undefined;
      if (claimed !== undefined) leading = claimed.won;
      if (claimed?.won) {
        const isFollowed = claimed.standBySeenMillis >= staleBeforeMillis();
        // When the store does not answer by the boundary, the last roster serves; without one there is still a moment.
        const latest = roster === undefined ? boundary + SEND_WINDOW_MILLIS / 2 : boundary;
        await Promise.race([readRoster(), clock.sleepUntil(latest)]);
        await sending;
        await send(sequence);
        if (isFollowed) return 'handed over';
      }
      const next = Math.max(sequence + 1, nextSequence());
      const skipped = next - sequence - 1;
      if (leading && skipped > 0) miss(sequence + 1, skipped, 'the runner was frozen');
      sequence = next;
    }
    return 'time is up';
  }

  const left = await run();
  await sending;
  await Promise.race([removing, clock.sleepUntil(clock.now() + REMOVAL_GRACE_MILLIS)]);
  return { left, sent, missed, posts };
}

function add(totals: Record<string, number>, report: FanOutReport): void {
  for (const [outcome, count] of Object.entries(report)) totals[outcome] = (totals[outcome] ?? 0) + count;
}
