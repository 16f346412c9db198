// One tick an interval out of a schedule that fires somewhere within each minute, sometimes twice, sometimes not. Each
// invocation is a runner, and every tick is claimed in the store before it is sent, so two runners never send the same one:
//
//   runner A   claim b ---- send b ---- claim b+1 ---- send b+1 ---- loses b+2, leaves
//   runner B                                            claim b+2 ---- send b+2 ---- claim b+3 ...
//
// A leader claims a tick shortly before its boundary. The newcomer of each minute claims earlier, so the leader loses its claim
// and leaves. Guards are messages with a delay: a guard that finds ticks claimed leaves, and otherwise leads. At long
// intervals no runner stays between two ticks: the winner of a claim calls the runner of the next one by message.
// docs/lifecycle.md follows a tick through these files; docs/decisions/0002-relay.md has the reasons.

import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';
import { type ClaimPorts, Claims } from './claims.ts';
import { ClockCheck, type ClockCheckPorts } from './clock-check.ts';
import {
  Delivery,
  type DeliveryOptions,
  type DeliveryPorts,
  ROSTER_WINDOW_MILLIS,
  SEND_WINDOW_MILLIS,
} from './delivery.ts';
import { isAtWork, isSleeping } from './liveness.ts';
import type { FanOutReport } from './outcomes.ts';
import type { RelayState, WakeMessage } from './ports.ts';
import { MIN_LEAD_MILLIS, nextLead, type WakeUpPorts, WakeUps } from './wake-ups.ts';

/** How long before the boundary a runner claims. A newcomer is ahead of the leader, so that it succeeds it. */
export const CLAIM_LEAD_MILLIS = { newcomer: 900, leader: 400 };

/** A runner that has lost its first claim makes its second as soon as it can, but no earlier than this before the boundary. */
const SECOND_LEAD_MILLIS = 1_900;

/** A runner that does not stay claims its tick on arrival if the boundary is no further away. */
const CLAIM_ON_ARRIVAL_MILLIS = 3_500;

/** The next boundary is this far away at least: the claim and the roster take time. */
const MIN_CLAIM_LEAD_MILLIS = 150;

/** How often a runner tries to read the relay before it leaves the work to another. */
const READ_ATTEMPTS = 3;

/** How long a runner waits for its first roster before it claims all the same. */
const FIRST_ROSTER_MILLIS = 300;

/** A leader without a successor calls one this long before its time is up. */
const SUCCESSION_MILLIS = 6_000;

export interface Runner extends DeliveryOptions {
  /** Unique to the invocation. */
  readonly runnerId: string;
  /** No tick is claimed whose send window ends later. */
  readonly leaveAtMonotonicMillis: number;
  /** Whether the runner ends when two witnesses contradict its clock. */
  readonly refuseWrongClock: boolean;
}

/** Why the runner was started. */
export type Trigger =
  | { readonly reason: 'schedule'; readonly scheduledAtMillis: number }
  | {
      readonly reason: WakeMessage['reason'];
      readonly message: WakeMessage;
      /** When the queue took the message, by the queue's clock. */
      readonly sentAtMillis: number;
    };

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

export interface RelayReport {
  readonly exit: ExitReason;
  /** Ticks this runner sent and at least one viewer got. */
  readonly sent: number;
  /** Boundaries it found unclaimed, and ticks it had claimed of which no viewer got a copy. */
  readonly missed: number;
  /** Sum over the ticks sent. */
  readonly posts: FanOutReport;
}

/** How one tick ended: it is being sent; another runner had claimed it; it was not claimed or not sent in time; the clock was set
 *  meanwhile; or the run ends. */
type TickResult = 'sent' | 'lost' | 'not sent' | 'clock set' | { readonly exit: ExitReason };

/** Runs until another runner leads, no viewer is connected, or its time is up. Never rejects when the infrastructure fails for a
 *  while: the next claim counts the ticks lost. */
export function runRelay(runner: Runner, trigger: Trigger, ports: RelayPorts): Promise<RelayReport> {
  return new Run(runner, trigger, ports).run();
}

class Run {
  readonly #runner: Runner;
  readonly #trigger: Trigger;
  readonly #ports: RelayPorts;
  readonly #delivery: Delivery;
  readonly #claims: Claims;
  readonly #clockCheck: ClockCheck;
  readonly #wakeUps: WakeUps;
  /** Until its first claim is won. */
  #isNewcomer = true;
  #hasLostOnce = false;
  #hasCalledSuccessor = false;
  /** The last boundary whose tick this runner has sent, or has counted as missed. */
  #doneBoundaryMillis = 0;
  /** Of the message that started this runner: how long before its boundary the next one should arrive. */
  #leadMillis = MIN_LEAD_MILLIS;

  constructor(runner: Runner, trigger: Trigger, ports: RelayPorts) {
    this.#runner = runner;
    this.#trigger = trigger;
    this.#ports = ports;
    this.#delivery = new Delivery(runner, ports);
    this.#claims = new Claims(runner, ports);
    this.#clockCheck = new ClockCheck(runner.refuseWrongClock, ports);
    this.#wakeUps = new WakeUps(runner.runnerId, ports);
  }

  async run(): Promise<RelayReport> {
    const exit = await this.#play();
    await this.#delivery.finish();
    if (exit === 'tick over') await this.#keepCensus();
    await this.#wakeUps.settle();
    if (exit === 'empty') this.#ports.metrics.empty();
    const { sent, missed, posts } = this.#delivery.meter.total;
    return { exit, sent, missed, posts };
  }

  async #play(): Promise<ExitReason> {
    this.#hearTrigger();
    const state = await this.#readRelay();
    if (state === undefined) {
      await this.#wakeUps.retry('message' in this.#trigger ? this.#trigger.message : { reason: 'relieve' });
      return 'table silent';
    }
    // A runner with a wrong clock cannot judge whether it is needed.
    if (this.#ports.proof.doubts.size > 0) await this.#clockCheck.askQueue();
    const wrong = await this.#checkClock();
    if (wrong !== undefined) return wrong;
    if (state.isEmpty) return this.#trigger.reason === 'schedule' ? 'empty' : 'not needed';
    return isSleeping(this.#runner.intervalMillis) ? this.#playOne(state) : this.#playAll(state);
  }

  async #readRelay(): Promise<RelayState | undefined> {
    const { relay, log } = this.#ports;
    for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt++) {
      try {
        return await relay.read();
      } catch (error) {
        log.warn('could not read the relay', { error, attempt });
      }
    }
    return undefined;
  }

  /** The claim of a runner that does not stay came before its roster. */
  async #keepCensus(): Promise<void> {
    const { relay, log } = this.#ports;
    const { census } = this.#delivery;
    if (census === undefined) return;
    await relay
      .keepCensus(this.#runner.runnerId, census)
      .catch((error) => log.warn('could not write the census', { error }));
  }

  /** Uses the trigger's time as a witness, and measures how late its message came. */
  #hearTrigger(): void {
    const { proof, metrics, clock } = this.#ports;
    proof.restart();
    if (!('message' in this.#trigger)) {
      proof.hearAtLeast('schedule', this.#trigger.scheduledAtMillis);
      return;
    }
    const { message, sentAtMillis } = this.#trigger;
    const dueMillis = sentAtMillis + message.delaySeconds * 1000;
    const latenessMillis = clock.now() - dueMillis;
    proof.hearAtLeast('queue', dueMillis);
    metrics.woken(latenessMillis);
    this.#leadMillis = nextLead(message.leadMillis ?? MIN_LEAD_MILLIS, latenessMillis);
  }

  /** Leads until another runner does. */
  async #playAll(state: RelayState): Promise<ExitReason> {
    const { clock } = this.#ports;
    const isSuccessor = this.#trigger.reason === 'schedule' || this.#trigger.reason === 'relieve';
    if (!isSuccessor && isAtWork(state, clock.now(), this.#runner.intervalMillis)) return 'not needed';

    const roster = this.#delivery.readRoster(state.arrivals, clock.now() + FIRST_ROSTER_MILLIS);
    await Promise.all([this.#clockCheck.askQueue(), roster]);
    const wrong = await this.#checkClock();
    if (wrong !== undefined) return wrong;
    this.#wakeUps.guardArrival();

    let sequence = this.#nextSequence();
    while (!this.#isOver(sequence)) {
      const result = await this.#runTick(sequence, this.#claimLead());
      if (typeof result === 'object') return result.exit;
      if (result === 'sent') this.#wakeUps.keepGuarded();
      sequence = Math.max(this.#nextSequence(), result === 'clock set' ? 0 : sequence + 1);
    }
    return 'time is up';
  }

  /** Sends one tick and leaves, at intervals at which runners sleep. */
  async #playOne(state: RelayState): Promise<ExitReason> {
    const { clock } = this.#ports;
    const sequence = this.#nextSequence();
    const boundary = this.#boundaryOf(sequence);
    const called = ('message' in this.#trigger && this.#trigger.message.boundaryMillis) || boundary;
    if (state.lastBoundaryMillis >= Math.min(called, boundary) && !this.#claims.isVoid(state.lastBoundaryMillis)) {
      // The runner that claimed it has called the next one, unless all clocks were set back meanwhile.
      if (called <= boundary) return 'not needed';
      await this.#callFor(sequence + 1);
      return 'called ahead';
    }
    if (boundary - clock.now() > CLAIM_ON_ARRIVAL_MILLIS) {
      await this.#callFor(sequence);
      return 'called ahead';
    }
    await this.#clockCheck.askQueue();
    const wrong = await this.#checkClock();
    if (wrong !== undefined) return wrong;
    // This runner begins a chain, so no guard is under way that would replace it.
    if (this.#trigger.reason !== 'tick' && this.#trigger.reason !== 'guard') this.#callFor(sequence + 1);
    const result = await this.#runTick(sequence, CLAIM_ON_ARRIVAL_MILLIS);
    if (typeof result === 'object') return result.exit;
    if (result === 'lost') return 'another leads';
    if (result !== 'sent') {
      await this.#callFor(result === 'clock set' ? this.#nextSequence() : sequence + 1);
    }
    return 'tick over';
  }

  #callFor(sequence: number): Promise<void> {
    return this.#wakeUps.callFor(this.#boundaryOf(sequence), this.#runner.intervalMillis, this.#leadMillis);
  }

  #boundaryOf(sequence: number): number {
    return boundaryMillis(sequence, this.#runner.intervalMillis);
  }

  #nextSequence(): number {
    return sequenceAt(this.#ports.clock.now() + MIN_CLAIM_LEAD_MILLIS, this.#runner.intervalMillis) + 1;
  }

  #claimLead(): number {
    if (!this.#isNewcomer) return CLAIM_LEAD_MILLIS.leader;
    return this.#hasLostOnce ? SECOND_LEAD_MILLIS : CLAIM_LEAD_MILLIS.newcomer;
  }

  /** Also calls the successor when it is time. */
  #isOver(sequence: number): boolean {
    const { clock } = this.#ports;
    const untilMillis = this.#boundaryOf(sequence) - clock.now() + SEND_WINDOW_MILLIS;
    const leftMillis = this.#runner.leaveAtMonotonicMillis - clock.monotonicMillis() - untilMillis;
    if (leftMillis < SUCCESSION_MILLIS && !this.#hasCalledSuccessor) {
      this.#hasCalledSuccessor = true;
      this.#wakeUps.relieve();
    }
    return leftMillis < 0;
  }

  /** Claims one tick and begins to send it. */
  async #runTick(sequence: number, leadMillis: number): Promise<TickResult> {
    const { clock } = this.#ports;
    const { intervalMillis } = this.#runner;
    const boundary = this.#boundaryOf(sequence);
    await clock.sleepUntil(boundary - leadMillis);
    if (this.#clockCheck.hasStepped) return this.#recover();
    const wrong = await this.#checkClock();
    if (wrong !== undefined) return { exit: wrong };

    const claimed = await this.#claims.claim(boundary, this.#delivery.census);
    if (claimed === 'lost') return this.#afterLoss();
    const isFirst = this.#isNewcomer && !isSleeping(intervalMillis);
    // The guard of a first claim will try again.
    if (claimed === 'table silent') return isFirst ? { exit: claimed } : 'not sent';
    if (isFirst) this.#wakeUps.guardLeader();
    this.#isNewcomer = false;
    if (claimed === 'not to be sent') return 'not sent';
    this.#countSkipped(sequence, claimed);
    if (isSleeping(intervalMillis)) this.#callFor(sequence + 1);

    // An early claim does not make the roster older: it is read as late as by other runners.
    await clock.sleepUntil(boundary - CLAIM_LEAD_MILLIS.leader);
    if (this.#clockCheck.hasStepped) return this.#recover();
    await this.#delivery.prepare(boundary, claimed.arrivals, leadMillis > CLAIM_LEAD_MILLIS.newcomer);
    const exit = await this.#checkRoster(boundary);
    if (exit !== undefined) return { exit };
    await this.#delivery.previousTick;
    await clock.sleepUntil(boundary);
    // A claim is worth nothing once the clock was set.
    if (this.#clockCheck.hasStepped) return this.#recover();
    const late = await this.#checkClock();
    if (late !== undefined) return { exit: late };
    this.#doneBoundaryMillis = boundary;
    return this.#delivery.startSend(sequence) ? 'sent' : 'not sent';
  }

  #afterLoss(): TickResult {
    this.#delivery.meter.total.claimsLost++;
    // The leader was faster. The second claim comes well before the leader's.
    if (!this.#isNewcomer || this.#hasLostOnce) return { exit: 'another leads' };
    this.#hasLostOnce = true;
    return 'lost';
  }

  /** Counts unclaimed boundaries before this one, and boundaries that this runner claimed and did not send. */
  #countSkipped(sequence: number, before: RelayState): void {
    const { intervalMillis, runnerId } = this.#runner;
    if (before.wasEmptySinceLastClaim) return;
    const follows = before.leader === runnerId ? this.#doneBoundaryMillis : before.lastBoundaryMillis;
    if (follows === 0 || this.#claims.isVoid(follows)) return;
    const skipped = sequence - sequenceAt(follows, intervalMillis) - 1;
    if (skipped >= 1) this.#delivery.miss(skipped, 'they were not claimed or not sent', sequence);
  }

  /** Ends the run when a later layout serves the shard, or when it is empty. A viewer who arrives while it is being marked as
   *  empty prevents the mark, and is in the roster that is read after that. */
  async #checkRoster(boundary: number): Promise<ExitReason | undefined> {
    const { relay, log } = this.#ports;
    const { roster } = this.#delivery;
    if (roster.isSuperseded) return 'superseded';
    if (!this.#delivery.isEmpty) return undefined;
    try {
      if (await relay.markEmpty(this.#runner.runnerId, roster.arrivals)) return 'empty';
      const { arrivals } = await relay.read();
      await this.#delivery.readRoster(arrivals, boundary + ROSTER_WINDOW_MILLIS);
    } catch (error) {
      log.warn('could not mark the shard as empty', { error });
    }
    return undefined;
  }

  async #checkClock(): Promise<ExitReason | undefined> {
    this.#delivery.clockBoundMillis = this.#ports.proof.boundMillis;
    if (!this.#clockCheck.isWrong()) return undefined;
    // Another machine may have a right clock. The count keeps machines that are all wrong from calling one another for ever.
    const attempts = 'message' in this.#trigger ? (this.#trigger.message.attempts ?? 0) : 0;
    await this.#wakeUps.relieve(attempts + 1);
    return 'clock wrong';
  }

  /** Nothing is claimed or sent until the witnesses have spoken again. */
  async #recover(): Promise<TickResult> {
    await this.#clockCheck.recover();
    // The boundaries that a clock has jumped over are no missed ticks.
    if (this.#doneBoundaryMillis < this.#ports.clock.now()) this.#doneBoundaryMillis = 0;
    const exit = await this.#checkClock();
    return exit === undefined ? 'clock set' : { exit };
  }
}
