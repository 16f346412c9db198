// Takes one tick through its steps: claim the boundary in the database, read the roster of viewers, send. relay.ts
// calls it and decides which tick is next and how early to claim it.

import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';
import { type ClaimPorts, Claims } from './claims.ts';
import { ClockCheck, type ClockCheckPorts } from './clock-check.ts';
import { Delivery, type DeliveryOptions, type DeliveryPorts, ROSTER_WINDOW_MILLIS } from './delivery.ts';
import { isSleeping } from './liveness.ts';
import type { RelayState } from './ports.ts';
import { MIN_LEAD_MILLIS, type WakeUpPorts, WakeUps } from './wake-ups.ts';

/** How long before the boundary a runner claims. A newcomer, which has not won a claim yet, claims before the leader
 *  and so takes over from it. */
const CLAIM_LEAD_MILLIS = { newcomer: 900, leader: 400 };

/** A runner that has lost its first claim makes its second claim at once, but at most this long before the boundary. */
const SECOND_LEAD_MILLIS = 1_900;

/** A runner does not claim a tick whose boundary is nearer than this, because the claim and the roster take time. */
const MIN_CLAIM_LEAD_MILLIS = 150;

export interface Runner extends DeliveryOptions {
  /** Unique to the invocation. */
  readonly runnerId: string;
  /** Time of the monotonic clock at which the runner must be done. It claims no tick whose posts could end later. */
  readonly leaveAtMonotonicMillis: number;
  /** Id of the runner that is leaving and has started this one with a `relieve` message. */
  readonly predecessorId?: string | undefined;
  /** Whether the runner exits when two witnesses contradict its clock (clock-check.ts). */
  readonly refuseWrongClock: boolean;
}

export interface RelayPorts extends DeliveryPorts, ClaimPorts, ClockCheckPorts, WakeUpPorts {}

/** Why a run has ended.
 *
 *  - `not needed`: another runner sends the ticks, or the shard is empty.
 *  - `next runner called`: the runner has sent the messages that start the runner of a later tick. From 5 s on.
 *  - `tick done`: the runner has handled its only tick. From 5 s on.
 *  - `another leads`: another runner has won the claim.
 *  - `empty`: no viewer of the shard is connected.
 *  - `superseded`: a later deployment with another number of shards serves the viewers of this shard.
 *  - `clock wrong`: two witnesses contradict the clock of this machine.
 *  - `table unavailable`: the database table did not answer.
 *  - `time is up`: the timeout of the function is near. */
export type ExitReason =
  | 'not needed'
  | 'next runner called'
  | 'tick done'
  | 'another leads'
  | 'empty'
  | 'superseded'
  | 'clock wrong'
  | 'table unavailable'
  | 'time is up';

/** What happened to one tick.
 *
 *  - `sent`: the posts have begun.
 *  - `lost`: another runner had claimed it.
 *  - `not sent`: it was not claimed in time, or claimed but not sent.
 *  - `clock set`: the clock was set meanwhile, so the claim does not count.
 *  - `exit`: the run ends for this reason. */
export type TickResult = 'sent' | 'lost' | 'not sent' | 'clock set' | { readonly exit: ExitReason };

export class TickRunner {
  readonly delivery: Delivery;
  readonly claims: Claims;
  readonly clockCheck: ClockCheck;
  readonly wakeUps: WakeUps;
  /** How long before the boundary of the next tick its runner should arrive. Used at intervals from 5 s on. */
  leadMillis = MIN_LEAD_MILLIS;
  readonly #runner: Runner;
  readonly #ports: RelayPorts;
  /** Whether this runner has won a claim, or may continue without sending (`do not send`). */
  #hasWon = false;
  /** Whether this runner has lost a claim. */
  #hasLost = false;
  /** The last boundary whose tick this runner has sent, or has counted as missed. 0 if there is none. */
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

  /** Returns the number of the next tick that this runner can still claim in time. */
  nextSequence(): number {
    return sequenceAt(this.#ports.clock.now() + MIN_CLAIM_LEAD_MILLIS, this.#runner.intervalMillis) + 1;
  }

  /** How long before the boundary this runner claims, at intervals below 5 s. */
  get claimLeadMillis(): number {
    if (this.#hasWon) return CLAIM_LEAD_MILLIS.leader;
    return this.#hasLost ? SECOND_LEAD_MILLIS : CLAIM_LEAD_MILLIS.newcomer;
  }

  /** Sends the messages that start the runner of a tick. Used at intervals from 5 s on. */
  sendTickMessages(sequence: number): Promise<void> {
    return this.wakeUps.sendTickMessages(this.boundaryOf(sequence), this.#runner.intervalMillis, this.leadMillis);
  }

  /** Claims one tick and starts to send it.
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
    // Before its first claim this runner has sent a guard. The runner of that guard tries again.
    if (claimed === 'table unavailable') return isFirst ? { exit: claimed } : 'not sent';
    if (isFirst) this.wakeUps.sendLeaderGuards();
    this.#hasWon = true;
    if (claimed === 'do not send') return 'not sent';
    this.#countSkipped(sequence, claimed);
    if (isSleeping(intervalMillis)) this.sendTickMessages(sequence + 1);

    // After an early claim, wait before the roster is read. Otherwise it would lack viewers who arrive in the meantime.
    await clock.sleepUntil(boundary - CLAIM_LEAD_MILLIS.leader);
    if (this.clockCheck.hasStepped) return this.#recover();
    await this.delivery.prepare(boundary, claimed.arrivals, leadMillis > CLAIM_LEAD_MILLIS.newcomer);
    const exit = await this.#checkRoster(boundary);
    if (exit !== undefined) return { exit };
    await this.delivery.previousTick;
    await clock.sleepUntil(boundary);
    // A claim does not count once the clock was set: it may be for the wrong boundary.
    if (this.clockCheck.hasStepped) return this.#recover();
    if (this.clockCheck.isWrong()) return { exit: 'clock wrong' };
    this.#doneBoundaryMillis = boundary;
    return this.delivery.startSend(sequence) ? 'sent' : 'not sent';
  }

  #afterLoss(claimed: 'lost' | 'lost to predecessor'): TickResult {
    this.delivery.meter.total.claimsLost++;
    // At intervals below 5 s, a newcomer that has lost its first claim tries once more, well before the leader claims.
    // After a loss to the predecessor it continues, because the predecessor leaves.
    if (claimed === 'lost' && (this.#hasWon || this.#hasLost)) return { exit: 'another leads' };
    this.#hasLost = true;
    return 'lost';
  }

  /** Counts boundaries before this one that no runner claimed, and those that this runner claimed but did not send.
   *  @param before the relay before this runner's claim */
  #countSkipped(sequence: number, before: RelayState): void {
    const { intervalMillis, runnerId } = this.#runner;
    if (before.wasEmptySinceLastClaim) return;
    const previous = before.leader === runnerId ? this.#doneBoundaryMillis : before.lastBoundaryMillis;
    if (previous === 0 || this.claims.isVoid(previous)) return;
    const skipped = sequence - sequenceAt(previous, intervalMillis) - 1;
    if (skipped >= 1) this.delivery.countMissed(skipped, 'they were not claimed or not sent', sequence);
  }

  /** Returns a reason to exit if later layouts serve all partitions of the shard, or if the shard is empty. If a viewer
   *  has arrived, the shard cannot be marked as empty. Then this function reads the roster again, to find the
   *  viewer. */
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

  /** Asks the witnesses again after the clock was set. The runner claims nothing until they answer, for 300 ms at
   *  most. */
  async #recover(): Promise<TickResult> {
    await this.clockCheck.recover();
    // If the clock was set ahead, boundaries were skipped. They do not count as missed ticks.
    if (this.#doneBoundaryMillis < this.#ports.clock.now()) this.#doneBoundaryMillis = 0;
    return this.clockCheck.isWrong() ? { exit: 'clock wrong' } : 'clock set';
  }
}
