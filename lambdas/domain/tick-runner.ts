// One tick as a runner plays it: claim the boundary, read the roster, send. The relay decides which boundary is next, and how early
// to claim it.

import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';
import { type ClaimPorts, Claims } from './claims.ts';
import { ClockCheck, type ClockCheckPorts } from './clock-check.ts';
import { Delivery, type DeliveryOptions, type DeliveryPorts, ROSTER_WINDOW_MILLIS } from './delivery.ts';
import { isSleeping } from './liveness.ts';
import type { RelayState } from './ports.ts';
import { MIN_LEAD_MILLIS, type WakeUpPorts, WakeUps } from './wake-ups.ts';

/** How long before the boundary a runner claims. A newcomer is ahead of the leader, so that it succeeds it. */
const CLAIM_LEAD_MILLIS = { newcomer: 900, leader: 400 };

/** A runner that has lost its first claim makes its second as soon as it can, but no earlier than this before the boundary. */
const SECOND_LEAD_MILLIS = 1_900;

/** The next boundary is this far away at least: the claim and the roster take time. */
const MIN_CLAIM_LEAD_MILLIS = 150;

export interface Runner extends DeliveryOptions {
  /** Unique to the invocation. */
  readonly runnerId: string;
  /** No tick is claimed whose send window ends later. */
  readonly leaveAtMonotonicMillis: number;
  /** The runner that has called this one because it leaves, if one has. */
  readonly predecessorId?: string | undefined;
  /** Whether the runner ends when two witnesses contradict its clock. */
  readonly refuseWrongClock: boolean;
}

export interface RelayPorts extends DeliveryPorts, ClaimPorts, ClockCheckPorts, WakeUpPorts {}

/** Why a run has ended. */
export type ExitReason =
  | 'not needed'
  | 'called ahead'
  | 'tick over'
  | 'another leads'
  | 'empty'
  | 'superseded'
  | 'clock wrong'
  | 'table silent'
  | 'time is up';

/** How one tick ended: it is being sent; another runner had claimed it; it was not claimed or not sent in time; the clock was set
 *  meanwhile; or the run ends. */
export type TickResult = 'sent' | 'lost' | 'not sent' | 'clock set' | { readonly exit: ExitReason };

export class TickRunner {
  readonly delivery: Delivery;
  readonly claims: Claims;
  readonly clockCheck: ClockCheck;
  readonly wakeUps: WakeUps;
  /** How long before its boundary the runner of the next tick should arrive, at intervals at which runners sleep. */
  leadMillis = MIN_LEAD_MILLIS;
  readonly #runner: Runner;
  readonly #ports: RelayPorts;
  #hasWon = false;
  #hasLost = false;
  /** The last boundary whose tick this runner has sent, or has counted as missed. */
  #doneBoundaryMillis = 0;

  constructor(runner: Runner, ports: RelayPorts) {
    this.#runner = runner;
    this.#ports = ports;
    this.delivery = new Delivery(runner, ports);
    this.claims = new Claims(runner, ports);
    this.clockCheck = new ClockCheck(runner.refuseWrongClock, ports);
    this.wakeUps = new WakeUps(runner.runnerId, ports);
  }

  boundaryOf(sequence: number): number {
    return boundaryMillis(sequence, this.#runner.intervalMillis);
  }

  /** The next boundary for which there is still time. */
  nextSequence(): number {
    return sequenceAt(this.#ports.clock.now() + MIN_CLAIM_LEAD_MILLIS, this.#runner.intervalMillis) + 1;
  }

  /** How long before the boundary this runner claims when it stays between ticks. */
  get claimLeadMillis(): number {
    if (this.#hasWon) return CLAIM_LEAD_MILLIS.leader;
    return this.#hasLost ? SECOND_LEAD_MILLIS : CLAIM_LEAD_MILLIS.newcomer;
  }

  /** Calls the runner of a tick, at intervals at which runners sleep. */
  callFor(sequence: number): Promise<void> {
    return this.wakeUps.callFor(this.boundaryOf(sequence), this.#runner.intervalMillis, this.leadMillis);
  }

  /** Claims one tick and begins to send it.
   *  @param leadMillis how long before the boundary to claim it */
  async run(sequence: number, leadMillis: number): Promise<TickResult> {
    const { clock } = this.#ports;
    const { intervalMillis } = this.#runner;
    const boundary = this.boundaryOf(sequence);
    await clock.sleepUntil(boundary - leadMillis);
    if (this.clockCheck.hasStepped) return this.#recover();
    if (this.clockCheck.isWrong()) return { exit: 'clock wrong' };

    const claimed = await this.claims.claim(boundary, this.delivery.roster.census);
    if (claimed === 'lost' || claimed === 'lost to predecessor') return this.#afterLoss(claimed);
    const isFirst = !this.#hasWon && !isSleeping(intervalMillis);
    // The guard of a first claim will try again.
    if (claimed === 'table silent') return isFirst ? { exit: claimed } : 'not sent';
    if (isFirst) this.wakeUps.guardLeader();
    this.#hasWon = true;
    if (claimed === 'not to be sent') return 'not sent';
    this.#countSkipped(sequence, claimed);
    if (isSleeping(intervalMillis)) this.callFor(sequence + 1);

    // An early claim does not make the roster older: it is read as late as by other runners.
    await clock.sleepUntil(boundary - CLAIM_LEAD_MILLIS.leader);
    if (this.clockCheck.hasStepped) return this.#recover();
    await this.delivery.prepare(boundary, claimed.arrivals, leadMillis > CLAIM_LEAD_MILLIS.newcomer);
    const exit = await this.#checkRoster(boundary);
    if (exit !== undefined) return { exit };
    await this.delivery.previousTick;
    await clock.sleepUntil(boundary);
    // A claim is worth nothing once the clock was set.
    if (this.clockCheck.hasStepped) return this.#recover();
    if (this.clockCheck.isWrong()) return { exit: 'clock wrong' };
    this.#doneBoundaryMillis = boundary;
    return this.delivery.startSend(sequence) ? 'sent' : 'not sent';
  }

  #afterLoss(claimed: 'lost' | 'lost to predecessor'): TickResult {
    this.delivery.meter.total.claimsLost++;
    // The leader was faster. The second claim comes well before the leader's. A predecessor leads no longer, or soon.
    if (claimed === 'lost' && (this.#hasWon || this.#hasLost)) return { exit: 'another leads' };
    this.#hasLost = true;
    return 'lost';
  }

  /** Counts unclaimed boundaries before this one, and boundaries that this runner claimed and did not send. */
  #countSkipped(sequence: number, before: RelayState): void {
    const { intervalMillis, runnerId } = this.#runner;
    if (before.wasEmptySinceLastClaim) return;
    const follows = before.leader === runnerId ? this.#doneBoundaryMillis : before.lastBoundaryMillis;
    if (follows === 0 || this.claims.isVoid(follows)) return;
    const skipped = sequence - sequenceAt(follows, intervalMillis) - 1;
    if (skipped >= 1) this.delivery.miss(skipped, 'they were not claimed or not sent', sequence);
  }

  /** Ends the run when a later layout serves the shard, or when it is empty. A viewer who arrives while it is being marked as
   *  empty prevents the mark, and is in the roster that is read after that. */
  async #checkRoster(boundary: number): Promise<ExitReason | undefined> {
    const { relay, log } = this.#ports;
    const { roster } = this.delivery;
    if (roster.isSuperseded) return 'superseded';
    if (!this.delivery.isEmpty) return undefined;
    try {
      if (await relay.markEmpty(this.#runner.runnerId, roster.arrivals)) return 'empty';
      const { arrivals } = await relay.read();
      await this.delivery.readRoster(arrivals, boundary + ROSTER_WINDOW_MILLIS);
    } catch (error) {
      log.warn('could not mark the shard as empty', { error });
    }
    return undefined;
  }

  /** Nothing is claimed or sent until the witnesses have spoken again. */
  async #recover(): Promise<TickResult> {
    await this.clockCheck.recover();
    // The boundaries that a clock has jumped over are no missed ticks.
    if (this.#doneBoundaryMillis < this.#ports.clock.now()) this.#doneBoundaryMillis = 0;
    return this.clockCheck.isWrong() ? { exit: 'clock wrong' } : 'clock set';
  }
}
