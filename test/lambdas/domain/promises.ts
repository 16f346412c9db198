// The guarantees of the clock, as assertions on a world after a history.

import assert from 'node:assert/strict';
import { START_WINDOW_MILLIS } from '../../../lambdas/domain/delivery.ts';
import { boundaryMillis } from '../../../protocol/tick.ts';
import type { QueuedMessage } from '../../support/simulated-queue.ts';
import type { SimulatedRunner } from '../../support/simulated-runner.ts';
import type { SimulatedWorld, Viewer } from '../../support/simulated-world.ts';
import { END, START, type Trouble } from './playing.ts';

/** A tick is sent at most this far from its boundary, if no clock is wrong. */
export const TRUE_WITHIN_MILLIS = 2_500;

/** Two right clocks differ by less than this. */
const RIGHT_WITHIN_MILLIS = 250;

/** A new runner sends its first tick within this time, if no runner leads. */
const SETTLING_IN_MILLIS = 2_000;

/** A message counts as late if it is later than this. */
const LATE_MILLIS = 50;

/** The lead of a tick's message has time for a cold start, the claim, the roster and this lateness. */
const SPARE_LEAD_MILLIS = 300;

/** A tick's message arrives at most this long before its boundary. */
const MOST_LEAD_MILLIS = 3_500;

/** Attempts of a runner to read the relay. */
const READ_ATTEMPTS = 3;

/** A leader calls its successor this long before its time is up. */
const SUCCESSION_MILLIS = 6_000;

/** A guard that is later is too late to replace a leader. */
const LATE_GUARD_MILLIS = 1_000;

export function isSleeping({ intervalMillis }: SimulatedWorld): boolean {
  return intervalMillis >= 5_000;
}

/** Formats a time as the time since the start, as in the list of events. */
function at(epochMillis: number): string {
  return `${Math.round(epochMillis - START)}`;
}

/** Asserts that no runner has thrown an error or was ended by the function's timeout. */
export function assertNoFailure({ failures, timeouts }: Pick<SimulatedWorld, 'failures' | 'timeouts'>): void {
  assert.deepEqual(failures, []);
  assert.equal(timeouts, 0, 'the timeout ended a runner');
}

/** Deliveries by runners whose clocks are right. */
export function assertNothingTwice(world: SimulatedWorld): void {
  const senders = new Map<number, string>();
  const copies = new Set<string>();
  for (const { sequence, runnerId, connectionId, aheadMillis, sentMillis } of world.deliveries) {
    if (Math.abs(aheadMillis) > RIGHT_WITHIN_MILLIS) continue;
    const copy = `${at(boundaryMillis(sequence, world.intervalMillis))} to ${connectionId}`;
    assert.ok(!copies.has(copy), `${copy} was sent twice, again at ${at(sentMillis)} by ${runnerId}`);
    assert.equal(senders.get(sequence) ?? runnerId, runnerId, `${copy} was sent by two runners`);
    copies.add(copy);
    senders.set(sequence, runnerId);
  }
}

/** Asserts that no tick is sent too far from its boundary.
 *  @param wrongMillis how far the sender's clock may differ from true time */
export function assertRightTicks(world: SimulatedWorld, wrongMillis: number): void {
  for (const { sequence, sentMillis, connectionId, runnerId } of world.deliveries) {
    const boundary = boundaryMillis(sequence, world.intervalMillis);
    const lateMillis = Math.round(sentMillis - boundary);
    const isRight = lateMillis >= -wrongMillis && lateMillis < START_WINDOW_MILLIS + wrongMillis;
    assert.ok(isRight, `${runnerId} sent ${at(boundary)} to ${connectionId} ${lateMillis} ms after its boundary`);
  }
}

/** Asserts that each viewer that is connected before and after a boundary gets its tick. */
export function assertNothingMissing(world: SimulatedWorld, troubles: readonly Trouble[], troubledMillis = 0): void {
  const { intervalMillis } = world;
  const got = new Set(world.deliveries.map(({ connectionId, sequence }) => `${connectionId} ${sequence}`));
  // A viewer that connects after the roster was read gets the next tick. The runner of a tick reads it on arrival.
  const rosterMillis = isSleeping(world) ? MOST_LEAD_MILLIS : 1_000;
  const isThere = ({ connectedMillis, disconnectedMillis = END }: Viewer, boundary: number) =>
    connectedMillis + rosterMillis < boundary && boundary + START_WINDOW_MILLIS < disconnectedMillis;

  for (let boundary = START + intervalMillis; boundary < END - intervalMillis; boundary += intervalMillis) {
    if (!isServed(world, boundary)) continue;
    // Runners that fail are replaced in this time.
    const isTroubled = troubles.some(
      ({ atMillis }) => atMillis - START_WINDOW_MILLIS < boundary && boundary <= atMillis + troubledMillis,
    );
    if (isTroubled) continue;
    // If the table does not list the connections in time, the last roster is used. A new viewer gets the next tick.
    const isRosterOld = world.faults.some(
      ({ name, isLast, atMillis }) =>
        name === 'list' && isLast && boundary - rosterMillis < atMillis && atMillis < boundary + START_WINDOW_MILLIS,
    );
    for (const [connectionId, viewer] of world.viewers) {
      if (!isThere(viewer, boundary) || got.has(`${connectionId} ${boundary / intervalMillis}`)) continue;
      if (isRosterOld && viewer.connectedMillis + 2 * intervalMillis > boundary) continue;
      assert.fail(`${connectionId} has not got ${at(boundary)}`);
    }
  }
}

/** Returns whether the tick of a boundary must be sent: a runner is active or has called its successor, or the tick's
 *  message was on time. */
function isServed({ runners, messages, faults, intervalMillis }: SimulatedWorld, boundary: number): boolean {
  if (intervalMillis < 5_000) {
    const isFrozen = ({ freezes }: SimulatedRunner) =>
      freezes.some(
        ({ fromMillis, untilMillis }) => fromMillis < boundary && boundary < untilMillis + SETTLING_IN_MILLIS,
      );
    const isLiving = runners.some(
      (runner) =>
        runner.arrivedMillis + SETTLING_IN_MILLIS < boundary && boundary < runner.endedMillis && !isFrozen(runner),
    );
    const isSucceeded = runners.some(
      ({ endedMillis, report }) =>
        report?.exit === 'time is up' && boundary - SUCCESSION_MILLIS < endedMillis && endedMillis <= boundary,
    );
    // A late successor leaves ticks to the guards.
    const isLate = messages.some(
      ({ dueMillis, deliveredMillis }) =>
        Math.abs(dueMillis - boundary) < 2 * SUCCESSION_MILLIS && deliveredMillis - dueMillis > LATE_GUARD_MILLIS,
    );
    return isLiving || (isSucceeded && !isLate);
  }
  // A runner that gets no answer calls another one, which is too late for this tick.
  const reads = faults.filter(
    ({ name, atMillis }) => name === 'read' && boundary - MOST_LEAD_MILLIS < atMillis && atMillis < boundary,
  );
  const calls = messages.filter(({ reason, boundaryMillis }) => reason === 'tick' && boundaryMillis === boundary);
  const isOnTime = calls.some(({ dueMillis, deliveredMillis }) => deliveredMillis - dueMillis < SPARE_LEAD_MILLIS);
  return isOnTime && reads.length < READ_ATTEMPTS;
}

/** Asserts that no viewer is without a tick for longer than the limit while it is connected.
 *  @param troubles each restarts the limit
 *  @param graceMillis added to the limit for each message in the gap that is lost or late */
export function assertNoGap(
  world: SimulatedWorld,
  limitMillis: number,
  { troubles = [], graceMillis = 0 }: { troubles?: readonly Trouble[]; graceMillis?: number } = {},
): void {
  const spareMillis = isSleeping(world) ? SPARE_LEAD_MILLIS : LATE_GUARD_MILLIS;
  const isLate = ({ dueMillis, deliveredMillis }: QueuedMessage) => deliveredMillis - dueMillis > spareMillis;
  // A runner that gets no answer from the table calls another one, which is as late as that.
  const silent = world.runners.filter(({ report }) => report?.exit === 'table unavailable');
  const lateMillis = [
    ...world.messages.filter(isLate).map(({ dueMillis }) => dueMillis),
    ...silent.map(({ arrivedMillis }) => arrivedMillis),
  ];
  const sent = new Map<string, number[]>();
  for (const { connectionId, sentMillis } of world.deliveries) {
    const moments = sent.get(connectionId) ?? [];
    moments.push(sentMillis);
    sent.set(connectionId, moments);
  }
  for (const [connectionId, { connectedMillis, disconnectedMillis = END }] of world.viewers) {
    const ticks = [connectedMillis, ...(sent.get(connectionId) ?? []), disconnectedMillis];
    const begins = new Set(troubles.map(({ atMillis }) => atMillis));
    const moments = [
      ...ticks,
      ...[...begins].filter((millis) => millis > connectedMillis && millis < disconnectedMillis),
    ];
    moments.sort((a, b) => a - b);
    for (const [index, moment] of moments.entries()) {
      const next = moments[index + 1] ?? moment;
      const gapMillis = Math.round(next - moment);
      // The runner of a tick and its guard have both failed, and no other message is in flight. The schedule starts a
      // new chain.
      if (isSleeping(world) && begins.has(moment) && begins.has(moments[index - 1] ?? 0)) continue;
      const late = lateMillis.filter((millis) => moment < millis && millis < next);
      assert.ok(
        gapMillis <= limitMillis + late.length * graceMillis,
        `${connectionId} got no tick for ${gapMillis} ms from ${at(moment)} on`,
      );
    }
  }
}

/** Asserts that each viewer gets its first tick soon. The limit depends on the faults in the meantime. */
export function assertFirstTicksSoon(world: SimulatedWorld): void {
  const { intervalMillis } = world;
  const waitMillis = isSleeping(world) ? intervalMillis : 0;
  const firsts = new Map<string, number>();
  for (const { connectionId, sentMillis } of world.deliveries) {
    if (!firsts.has(connectionId)) firsts.set(connectionId, sentMillis);
  }
  for (const [connectionId, { connectedMillis, disconnectedMillis = END }] of world.viewers) {
    const isMeanwhile = (millis: number) =>
      connectedMillis - 1_000 < millis && millis < connectedMillis + 2_000 + waitMillis;
    const late = world.messages
      .filter(({ dueMillis }) => isMeanwhile(dueMillis))
      .map(({ dueMillis, deliveredMillis }) => deliveredMillis - dueMillis);
    const isDisturbed =
      world.faults.some(({ atMillis }) => isMeanwhile(atMillis)) || late.some((millis) => millis > LATE_MILLIS);
    // If the message of a tick is late, the next tick is sent instead.
    const isLost = isSleeping(world) && late.some((millis) => millis > SPARE_LEAD_MILLIS);
    const graceMillis = (isDisturbed ? 6_000 : 2_000) + (isLost ? intervalMillis : 0);
    const dueMillis = connectedMillis + waitMillis + graceMillis;
    if (disconnectedMillis < dueMillis) continue;
    const firstMillis = firsts.get(connectionId) ?? Number.POSITIVE_INFINITY;
    const what = isDisturbed ? 'disturbed' : 'undisturbed';
    assert.ok(
      firstMillis <= dueMillis,
      `${connectionId}, ${what}, waits ${firstMillis - connectedMillis} ms for a tick`,
    );
  }
}

/** Asserts that one leader stays: a newcomer succeeds it, and duplicates merge. */
export function assertNoCrowd({ runners }: SimulatedWorld): void {
  for (let millis = START; millis < END; millis += 500) {
    const there = runners.filter(
      ({ arrivedMillis, endedMillis }) => arrivedMillis + 6_000 < millis && millis < endedMillis,
    );
    assert.ok(
      there.length <= 1,
      `${there.length} runners stay at ${at(millis)}: ${there.map(({ runnerId }) => runnerId)}`,
    );
  }
}

/** Asserts that while no viewer is connected, only the schedule starts runners, and they leave immediately. */
export async function assertOnlyScheduleRuns(world: SimulatedWorld): Promise<void> {
  const { clock, intervalMillis } = world;
  const thawed = Math.max(END, ...world.runners.map(({ frozenUntilMillis }) => frozenUntilMillis));
  // Rows without a `$disconnect` are removed after a 410, when they are old enough, at the next tick. The schedule
  // starts the runner for the rest.
  await clock.advanceTo(thawed + 20_000 + 2 * intervalMillis);
  world.invoke();
  await clock.advanceTo(thawed + 40_000 + 4 * intervalMillis);
  world.invoke();
  await clock.advanceTo(thawed + 60_000 + 6 * intervalMillis);
  const quietMillis = clock.now();
  for (let minute = 1; minute <= 3; minute++) {
    world.invoke();
    await clock.advanceTo(quietMillis + minute * 60_000);
  }
  // The message of a killed runner is delivered again after minutes.
  const late = world.runners.filter(({ endedMillis, isRedelivered }) => endedMillis >= quietMillis && !isRedelivered);
  const facts = late.map(({ trigger, report, arrivedMillis, endedMillis }) => {
    return `${trigger.reason} ${report?.exit} ${endedMillis - arrivedMillis < 2_000 ? 'soon' : 'late'}`;
  });
  assert.deepEqual(facts, Array(3).fill('schedule empty soon'), 'runners with no viewer connected');
}
