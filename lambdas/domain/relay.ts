// The run of one runner, which is one invocation of the broadcast function. The scheduler starts a runner once a
// minute, at any second of the minute, sometimes twice and sometimes not at all. Still no tick is sent twice, because a
// runner claims a tick in the database before it sends it, and only one runner can win the claim. In this picture b,
// b+1 and b+2 are boundaries, the times of the ticks:
//
//   runner A   claim b ---- send b ---- claim b+1 ---- send b+1 ---- loses b+2, leaves
//   runner B                                            claim b+2 ---- send b+2 ---- claim b+3 ...
//
// At intervals below 5 s, one runner stays and leads: it claims and sends one tick after the other. It claims a tick
// 400 ms before its boundary. A newcomer claims 900 ms before, so the leader loses its next claim and leaves. While it
// leads, it sends guards. A guard is a delayed message that starts a runner. That runner leaves if ticks are being
// claimed, and leads if not. At intervals from 5 s on, no runner stays between two ticks. The winner of a claim sends a
// message that starts the runner of the next tick.
//
// docs/lifecycle.md follows a tick through these files; docs/decisions/0002-relay.md has the reasons.

import { sendWindowMillis } from '../../protocol/tick.ts';
import { hasActiveRunner, isSleeping } from './liveness.ts';
import type { FanOutReport } from './outcomes.ts';
import type { RelayState, WakeMessage } from './ports.ts';
import { type ExitReason, type RelayPorts, type Runner, TickRunner } from './tick-runner.ts';
import { MIN_LEAD_MILLIS, nextLead } from './wake-ups.ts';

/** At intervals from 5 s on, a runner claims its tick on arrival if the boundary is at most this far away. */
const CLAIM_ON_ARRIVAL_MILLIS = 3_500;

/** How often a runner tries to read the relay before it sends its message again and leaves. */
const READ_ATTEMPTS = 3;

/** How long a runner waits for its first roster. After that it claims without a roster. */
const FIRST_ROSTER_MILLIS = 300;

/** A leader sends the message that starts its successor this long before its time is up. */
const SUCCESSION_MILLIS = 6_000;

/** Why the runner was started. */
export type Trigger =
  | { readonly reason: 'schedule'; readonly scheduledAtMillis: number }
  | {
      readonly reason: WakeMessage['reason'];
      readonly message: WakeMessage;
      /** Unix time in milliseconds at which the queue accepted the message, by the queue's clock. */
      readonly sentAtMillis: number;
    };

export interface RelayReport {
  readonly exit: ExitReason;
  /** Ticks that this runner sent, except those that count as missed. */
  readonly sent: number;
  /** Earlier boundaries that were still unclaimed when this runner won a later one, and ticks that this runner claimed
   *  but that no connected viewer received. */
  readonly missed: number;
  /** Sum over all fan-outs of this run. */
  readonly posts: FanOutReport;
}

/** Runs one runner until another runner leads, no viewer is connected, its time is up, or another {@link ExitReason}
 *  applies. It does not reject while the infrastructure fails. Ticks that are lost meanwhile are counted at the next
 *  successful claim. */
export function runRelay(runner: Runner, trigger: Trigger, ports: RelayPorts): Promise<RelayReport> {
  return new Run(runner, trigger, ports).run();
}

class Run {
  readonly #runner: Runner;
  readonly #trigger: Trigger;
  readonly #ports: RelayPorts;
  readonly #ticks: TickRunner;
  #hasCalledSuccessor = false;

  constructor(runner: Runner, trigger: Trigger, ports: RelayPorts) {
    this.#runner = runner;
    this.#trigger = trigger;
    this.#ports = ports;
    const predecessorId = this.#message?.reason === 'relieve' ? this.#message.sentBy : undefined;
    this.#ticks = new TickRunner({ ...runner, predecessorId }, ports);
  }

  async run(): Promise<RelayReport> {
    const { delivery, wakeUps } = this.#ticks;
    const exit = await this.#runUntilExit();
    // Another machine may have a right clock. Each `relieve` message contains the number of runners before it that
    // could not continue. After 16 of them no more is sent, so this ends even if the clocks of all machines are wrong.
    if (exit === 'clock wrong') wakeUps.callSuccessor((this.#message?.attempts ?? 0) + 1);
    await delivery.finish();
    if (exit === 'tick done') await this.#writeCensus();
    await wakeUps.flush();
    if (exit === 'empty') this.#ports.metrics.empty();
    const { sent, missed, posts } = delivery.meter.total;
    return { exit, sent, missed, posts };
  }

  /** The message that started this run; undefined if the schedule started it. */
  get #message(): WakeMessage | undefined {
    return 'message' in this.#trigger ? this.#trigger.message : undefined;
  }

  async #runUntilExit(): Promise<ExitReason> {
    const { clockCheck, wakeUps } = this.#ticks;
    this.#recordTrigger();
    const state = await this.#readRelay();
    if (state === undefined) {
      await wakeUps.retry(this.#message ?? { reason: 'relieve' });
      return 'table unavailable';
    }
    // A runner with a wrong clock cannot decide whether it is needed, so it checks its clock first.
    if (this.#ports.proof.doubts.size > 0) await clockCheck.askQueue();
    if (clockCheck.isWrong()) return 'clock wrong';
    if (state.isEmpty) return this.#trigger.reason === 'schedule' ? 'empty' : 'not needed';
    return isSleeping(this.#runner.intervalMillis) ? this.#runOneTick(state) : this.#lead(state);
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

  /** A runner that sends only one tick reads its roster after its claim. So it writes the census separately. */
  async #writeCensus(): Promise<void> {
    const { relay, log } = this.#ports;
    const { census } = this.#ticks.delivery.roster;
    if (census === undefined) return;
    await relay
      .writeCensus(this.#runner.runnerId, census)
      .catch((error) => log.warn('could not write the census', { error }));
  }

  /** Records the time of the trigger as a lower bound of the true time, and measures how late the message arrived. */
  #recordTrigger(): void {
    const { proof, metrics, clock } = this.#ports;
    proof.restart();
    if (!('message' in this.#trigger)) {
      proof.recordLowerBound('schedule', this.#trigger.scheduledAtMillis);
      return;
    }
    const { message, sentAtMillis } = this.#trigger;
    const dueMillis = sentAtMillis + message.delaySeconds * 1000;
    const latenessMillis = clock.now() - dueMillis;
    proof.recordLowerBound('queue', dueMillis);
    metrics.woken(latenessMillis);
    this.#ticks.leadMillis = nextLead(message.leadMillis ?? MIN_LEAD_MILLIS, latenessMillis);
  }

  /** Sends one tick after the other until another runner leads. Used at intervals below 5 s. */
  async #lead(state: RelayState): Promise<ExitReason> {
    const { clock } = this.#ports;
    const { delivery, clockCheck, wakeUps } = this.#ticks;
    const isSuccessor = this.#trigger.reason === 'schedule' || this.#trigger.reason === 'relieve';
    if (!isSuccessor && hasActiveRunner(state, clock.now(), this.#runner.intervalMillis)) return 'not needed';

    const roster = delivery.readRoster(state.arrivals, clock.now() + FIRST_ROSTER_MILLIS);
    await Promise.all([clockCheck.askQueue(), roster]);
    if (clockCheck.isWrong()) return 'clock wrong';
    wakeUps.sendArrivalGuard();

    let sequence = this.#ticks.nextSequence();
    while (!this.#isTimeUp(sequence)) {
      const result = await this.#ticks.run(sequence, this.#ticks.claimLeadMillis);
      if (typeof result === 'object') return result.exit;
      if (result === 'sent') wakeUps.renewGuards();
      sequence = Math.max(this.#ticks.nextSequence(), result === 'clock set' ? 0 : sequence + 1);
    }
    return 'time is up';
  }

  /** Sends one tick and returns. Used at intervals from 5 s on. */
  async #runOneTick(state: RelayState): Promise<ExitReason> {
    const { clock } = this.#ports;
    const { claims, clockCheck } = this.#ticks;
    const sequence = this.#ticks.nextSequence();
    const boundary = this.#ticks.boundaryOf(sequence);
    const messageBoundary = this.#message?.boundaryMillis ?? boundary;
    if (state.lastBoundaryMillis >= Math.min(messageBoundary, boundary) && !claims.isVoid(state.lastBoundaryMillis)) {
      // The tick is already claimed, so its runner has normally sent the messages for the next tick. There are two
      // exceptions. The shard was marked as empty after that claim. Or the message is for a later tick than the next
      // one by this machine's clock, which means that the clocks were set back after the message was sent.
      if (messageBoundary <= boundary && !state.wasEmptySinceLastClaim) return 'not needed';
      await this.#ticks.sendTickMessages(sequence + 1);
      return 'next runner called';
    }
    if (boundary - clock.now() > CLAIM_ON_ARRIVAL_MILLIS) {
      await this.#ticks.sendTickMessages(sequence);
      return 'next runner called';
    }
    await clockCheck.askQueue();
    if (clockCheck.isWrong()) return 'clock wrong';
    // The schedule, a `wake` and a `relieve` begin a new chain of messages. No earlier runner has sent a guard for it,
    // so this runner sends the messages for the next tick before its claim.
    if (this.#trigger.reason !== 'tick' && this.#trigger.reason !== 'guard') this.#ticks.sendTickMessages(sequence + 1);
    const result = await this.#ticks.run(sequence, CLAIM_ON_ARRIVAL_MILLIS);
    if (typeof result === 'object') return result.exit;
    if (result === 'lost') return 'another leads';
    if (result === 'clock set') await this.#ticks.sendTickMessages(this.#ticks.nextSequence());
    else if (result === 'not sent') await this.#ticks.sendTickMessages(sequence + 1);
    return 'tick done';
  }

  /** Returns whether too little time is left for this tick. Also sends the message for the successor when it is due. */
  #isTimeUp(sequence: number): boolean {
    const { clock } = this.#ports;
    const untilMillis = this.#ticks.boundaryOf(sequence) - clock.now() + sendWindowMillis(this.#runner.intervalMillis);
    const leftMillis = this.#runner.leaveAtMonotonicMillis - clock.monotonicMillis() - untilMillis;
    if (leftMillis < SUCCESSION_MILLIS && !this.#hasCalledSuccessor) {
      this.#hasCalledSuccessor = true;
      this.#ticks.wakeUps.callSuccessor();
    }
    return leftMillis < 0;
  }
}
