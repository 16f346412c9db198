// One tick per interval out of a scheduler that fires somewhere within each minute, sometimes twice, sometimes not.
// Each invocation is a runner, and every tick is claimed in the store before it is sent, so two runners never send the
// same one, whatever their clocks, pauses or duplicated events:
//
//   runner A   lead ---- lead -----x                     loses a claim and leaves
//   runner B   stand by ------- lead ---- lead -----x
//   runner C                    stand by ------- lead ---- lead
//              |         |         |         |         |        boundaries
//
// The leader claims a tick well before its boundary. The stand-by looks shortly before the boundary and claims what
// nobody has claimed, so a leader that dies costs a tick or two. A newcomer takes the place to stand by; whoever held it
// is promoted and claims its next tick before the leader does. A leader that loses a claim is not needed any more. Nobody
// waits for anybody, and a hand-over costs nothing. docs/decisions/0002-relay.md tells why.

import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';
import { Delivery, type DeliveryOptions, type DeliveryPorts, SEND_WINDOW_MILLIS } from './delivery.ts';
import { isAtWork, silentSince } from './liveness.ts';
import type { FanOutReport } from './outcomes.ts';
import type { RelayState } from './ports.ts';
import { type WakingPorts, wakeRunner } from './waking.ts';

type Role = 'standing by' | 'promoted' | 'leading';

/** How long before the boundary a runner acts. A promoted one is ahead of the leader, so that it succeeds it; the
 *  stand-by comes after the leader's claim, in time for its own. What is left is for the claim and the roster. */
export const LEAD_MILLIS: Readonly<Record<Role, number>> = { promoted: 500, leading: 400, 'standing by': 150 };

/** A stand-by who came within this time is not relieved: a second newcomer is a duplicate. */
export const MIN_TENURE_MILLIS = 1_500;

/** Between two attempts to claim, while the store does not say who has won. */
const CLAIM_RETRY_MILLIS = 150;

/** How long after the boundary a claim is attempted: what is won later could hardly be sent in time. */
const CLAIM_WINDOW_MILLIS = 450;

/** How long a newcomer waits for its first roster before it takes its turns all the same. */
const FIRST_ROSTER_MILLIS = 300;

export interface Runner extends DeliveryOptions {
  /** Unique to the invocation. */
  readonly runnerId: string;
  /** Epoch; no tick is claimed whose send window ends later. */
  readonly leaveAtMillis: number;
}

export interface RelayPorts extends DeliveryPorts, WakingPorts {}

export type Farewell = 'not needed' | 'another leads' | 'nobody is connected' | 'superseded' | 'time is up';

export interface RelayReport {
  readonly left: Farewell;
  /** Ticks this runner sent and somebody got. */
  readonly sent: number;
  /** Boundaries it found that nobody had claimed, and ticks it had claimed of which no viewer got a copy. */
  readonly missed: number;
  /** Sum over the ticks sent. */
  readonly posts: FanOutReport;
}

/** Runs until the runner is not needed any more or its time is up. Never rejects for a store that fails for a while: the
 *  ticks lost are counted by whoever claims the next one. */
export async function runRelay(runner: Runner, ports: RelayPorts): Promise<RelayReport> {
  const { clock, relay, log } = ports;
  const { runnerId, intervalMillis } = runner;
  const delivery = new Delivery(runner, ports);
  let role: Role = 'standing by';
  /** The last boundary this runner has won. */
  let wonMillis: number | undefined;
  /** The last boundary that was claimed before it came, perhaps by one who has gone to rest since. */
  let claimedMillis = 0;

  async function arrive(): Promise<Farewell | undefined> {
    const now = clock.now();
    const terms = { seenBeforeMillis: silentSince(now, intervalMillis), cameBeforeMillis: now - MIN_TENURE_MILLIS };
    try {
      const before = await relay.arrive(runnerId, now, terms);
      const state = before ?? (await relay.read());
      claimedMillis = state.lastBoundaryMillis;
      if (!isAtWork(state, now, intervalMillis)) role = 'leading';
      else if (before === undefined) return 'not needed';
    } catch (error) {
      log.warn('could not announce the arrival; the runner takes its turns all the same', { error });
    }
    // Also spares the first tick the read that takes longest, on connections yet to be made.
    const isNew = await delivery.readRoster(clock.now() + FIRST_ROSTER_MILLIS);
    return isNew ? farewellOfRoster() : undefined;
  }

  async function farewellOfRoster(): Promise<Farewell | undefined> {
    if (delivery.isSuperseded) return 'superseded';
    if (!delivery.isEmpty) return undefined;
    try {
      // Before the table is asked with certainty: who connects after that finds it said, and wakes a runner.
      await relay.markIdle();
    } catch (error) {
      log.warn('could not mark the relay as idle', { error });
      return undefined;
    }
    return (await delivery.isAbandoned()) ? 'nobody is connected' : undefined;
  }

  /** What the stand-by finds. */
  async function look(boundary: number): Promise<Farewell | 'claimed' | 'unclaimed'> {
    try {
      const state = await relay.standBy(runnerId, clock.now());
      if (state === undefined) {
        role = 'promoted';
        // Its last roster is as old as itself.
        delivery.readRoster(boundary);
        return 'unclaimed';
      }
      // Whoever said so may have found somebody since.
      if (state.isIdle) return (await delivery.isAbandoned()) ? 'nobody is connected' : 'unclaimed';
      return state.lastBoundaryMillis >= boundary ? 'claimed' : 'unclaimed';
    } catch (error) {
      log.warn('could not announce the stand-by', { error });
      return 'unclaimed';
    }
  }

  /** Asks again while there is no answer, and takes the first that comes: claiming twice does no harm.
   *  @returns the relay before the claim, or why there is none: `silence` when the store does not say in time */
  async function claim(boundary: number): Promise<RelayState | 'lost' | 'silence'> {
    const census = role === 'leading' ? delivery.census : undefined;
    const { promise: answer, resolve } = Promise.withResolvers<RelayState | 'lost'>();
    const answered = (before: RelayState | undefined) => {
      // Also too late for this tick: the next one can be claimed sooner.
      if (before !== undefined) role = 'leading';
      resolve(before ?? 'lost');
    };
    const failed = (error: unknown) =>
      log.warn('the store did not answer a claim', { boundaryMillis: boundary, error });
    while (clock.now() <= boundary + CLAIM_WINDOW_MILLIS) {
      relay.claim(boundary, runnerId, census).then(answered, failed);
      const patience = clock.sleepUntil(clock.now() + CLAIM_RETRY_MILLIS);
      const before = await Promise.race([answer, patience.then(() => undefined)]);
      if (before !== undefined) return before;
    }
    return 'silence';
  }

  /** Counts the boundaries that nobody claimed before this one. */
  function countSkipped(sequence: number, boundary: number, before: RelayState): void {
    // A repeated claim finds itself.
    const follows = before.lastBoundaryMillis < boundary ? before.lastBoundaryMillis : wonMillis;
    wonMillis = boundary;
    if (!follows || before.hasRested) return;
    const skipped = Math.floor((boundary - follows) / intervalMillis) - 1;
    if (skipped >= 1) delivery.miss(skipped, 'nobody claimed them', sequence);
  }

  async function takeTurn(sequence: number): Promise<Farewell | undefined> {
    const boundary = boundaryMillis(sequence, intervalMillis);
    const turn = role;
    await clock.sleepUntil(boundary - LEAD_MILLIS[turn]);
    if (turn === 'standing by') {
      const found = await look(boundary);
      if (found === 'claimed') return undefined;
      if (found !== 'unclaimed') return found;
    }

    const before = await claim(boundary);
    if (before === 'silence') return undefined;
    if (before === 'lost') {
      delivery.meter.total.claimsLost++;
      return turn === 'standing by' ? undefined : 'another leads';
    }
    countSkipped(sequence, boundary, before);
    const isAlone = before.standBySeenMillis < silentSince(clock.now(), intervalMillis);

    const isNew = await delivery.prepare(boundary);
    const farewell = isNew ? await farewellOfRoster() : undefined;
    if (farewell !== undefined) return farewell;
    // Only by one who stays: what is under way when a function returns is frozen, and nobody else would wake for a while.
    if (isAlone) wakeRunner(`${runnerId} ${boundary}`, ports);
    await delivery.send(sequence);
    return undefined;
  }

  async function takeTurns(): Promise<Farewell> {
    // The first boundary that there is still time for.
    const nextSequence = () => sequenceAt(clock.now() + LEAD_MILLIS['standing by'], intervalMillis) + 1;
    let sequence = Math.max(nextSequence(), sequenceAt(claimedMillis, intervalMillis) + 1);
    while (boundaryMillis(sequence, intervalMillis) + SEND_WINDOW_MILLIS <= runner.leaveAtMillis) {
      const farewell = await takeTurn(sequence);
      if (farewell !== undefined) return farewell;
      sequence = Math.max(sequence + 1, nextSequence());
    }
    return 'time is up';
  }

  const left = (await arrive()) ?? (await takeTurns());
  await delivery.finish(left === 'nobody is connected');
  const { sent, missed, posts } = delivery.meter.total;
  return { left, sent, missed, posts };
}
