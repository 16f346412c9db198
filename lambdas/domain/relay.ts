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

import { sendWindowMillis } from '../../protocol/tick.ts';
import { isAtWork, isSleeping } from './liveness.ts';
import type { FanOutReport } from './outcomes.ts';
import type { RelayState, WakeMessage } from './ports.ts';
import { type ExitReason, type RelayPorts, type Runner, TickRunner } from './tick-runner.ts';
import { MIN_LEAD_MILLIS, nextLead } from './wake-ups.ts';

/** A runner that does not stay claims its tick on arrival if the boundary is no further away. */
const CLAIM_ON_ARRIVAL_MILLIS = 3_500;

/** How often a runner tries to read the relay before it leaves the work to another. */
const READ_ATTEMPTS = 3;

/** How long a runner waits for its first roster before it claims all the same. */
const FIRST_ROSTER_MILLIS = 300;

/** A leader without a successor calls one this long before its time is up. */
const SUCCESSION_MILLIS = 6_000;

/** Why the runner was started. */
export type Trigger =
  | { readonly reason: 'schedule'; readonly scheduledAtMillis: number }
  | {
      readonly reason: WakeMessage['reason'];
      readonly message: WakeMessage;
      /** When the queue took the message, by the queue's clock. */
      readonly sentAtMillis: number;
    };

export interface RelayReport {
  readonly exit: ExitReason;
  /** Ticks this runner sent and at least one viewer got. */
  readonly sent: number;
  /** Boundaries it found unclaimed, and ticks it had claimed of which no viewer got a copy. */
  readonly missed: number;
  /** Sum over the ticks sent. */
  readonly posts: FanOutReport;
}

/** Runs until another runner leads, no viewer is connected, or its time is up. Never rejects when the infrastructure fails for a
 *  while: the next claim counts the ticks lost. */
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
    const exit = await this.#play();
    // Another machine may have a right clock. The count keeps machines that are all wrong from calling one another for ever.
    if (exit === 'clock wrong') wakeUps.relieve((this.#message?.attempts ?? 0) + 1);
    await delivery.finish();
    if (exit === 'tick over') await this.#keepCensus();
    await wakeUps.settle();
    if (exit === 'empty') this.#ports.metrics.empty();
    const { sent, missed, posts } = delivery.meter.total;
    return { exit, sent, missed, posts };
  }

  /** The message that started this run, unless the schedule did. */
  get #message(): WakeMessage | undefined {
    return 'message' in this.#trigger ? this.#trigger.message : undefined;
  }

  async #play(): Promise<ExitReason> {
    const { clockCheck, wakeUps } = this.#ticks;
    this.#hearTrigger();
    const state = await this.#readRelay();
    if (state === undefined) {
      await wakeUps.retry(this.#message ?? { reason: 'relieve' });
      return 'table silent';
    }
    // A runner with a wrong clock cannot judge whether it is needed.
    if (this.#ports.proof.doubts.size > 0) await clockCheck.askQueue();
    if (clockCheck.isWrong()) return 'clock wrong';
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
    const { census } = this.#ticks.delivery.roster;
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
    this.#ticks.leadMillis = nextLead(message.leadMillis ?? MIN_LEAD_MILLIS, latenessMillis);
  }

  /** Leads until another runner does. */
  async #playAll(state: RelayState): Promise<ExitReason> {
    const { clock } = this.#ports;
    const { delivery, clockCheck, wakeUps } = this.#ticks;
    const isSuccessor = this.#trigger.reason === 'schedule' || this.#trigger.reason === 'relieve';
    if (!isSuccessor && isAtWork(state, clock.now(), this.#runner.intervalMillis)) return 'not needed';

    const roster = delivery.readRoster(state.arrivals, clock.now() + FIRST_ROSTER_MILLIS);
    await Promise.all([clockCheck.askQueue(), roster]);
    if (clockCheck.isWrong()) return 'clock wrong';
    wakeUps.guardArrival();

    let sequence = this.#ticks.nextSequence();
    while (!this.#isOver(sequence)) {
      const result = await this.#ticks.run(sequence, this.#ticks.claimLeadMillis);
      if (typeof result === 'object') return result.exit;
      if (result === 'sent') wakeUps.keepGuarded();
      sequence = Math.max(this.#ticks.nextSequence(), result === 'clock set' ? 0 : sequence + 1);
    }
    return 'time is up';
  }

  /** Sends one tick and leaves, at intervals at which runners sleep. */
  async #playOne(state: RelayState): Promise<ExitReason> {
    const { clock } = this.#ports;
    const { claims, clockCheck } = this.#ticks;
    const sequence = this.#ticks.nextSequence();
    const boundary = this.#ticks.boundaryOf(sequence);
    const called = this.#message?.boundaryMillis ?? boundary;
    if (state.lastBoundaryMillis >= Math.min(called, boundary) && !claims.isVoid(state.lastBoundaryMillis)) {
      // The runner that claimed it has called the next one, unless the shard was empty or all clocks were set back meanwhile.
      if (called <= boundary && !state.wasEmptySinceLastClaim) return 'not needed';
      await this.#ticks.callFor(sequence + 1);
      return 'called ahead';
    }
    if (boundary - clock.now() > CLAIM_ON_ARRIVAL_MILLIS) {
      await this.#ticks.callFor(sequence);
      return 'called ahead';
    }
    await clockCheck.askQueue();
    if (clockCheck.isWrong()) return 'clock wrong';
    // This runner begins a chain, so no guard is under way that would replace it.
    if (this.#trigger.reason !== 'tick' && this.#trigger.reason !== 'guard') this.#ticks.callFor(sequence + 1);
    const result = await this.#ticks.run(sequence, CLAIM_ON_ARRIVAL_MILLIS);
    if (typeof result === 'object') return result.exit;
    if (result === 'lost') return 'another leads';
    if (result === 'clock set') await this.#ticks.callFor(this.#ticks.nextSequence());
    else if (result === 'not sent') await this.#ticks.callFor(sequence + 1);
    return 'tick over';
  }

  /** Also calls the successor when it is time. */
  #isOver(sequence: number): boolean {
    const { clock } = this.#ports;
    const untilMillis = this.#ticks.boundaryOf(sequence) - clock.now() + sendWindowMillis(this.#runner.intervalMillis);
    const leftMillis = this.#runner.leaveAtMonotonicMillis - clock.monotonicMillis() - untilMillis;
    if (leftMillis < SUCCESSION_MILLIS && !this.#hasCalledSuccessor) {
      this.#hasCalledSuccessor = true;
      this.#ticks.wakeUps.relieve();
    }
    return leftMillis < 0;
  }
}
