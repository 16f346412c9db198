// Checks the clock of a runner against the evidence of its witnesses, the proof, which clock-proof.ts collects. Logs if
// a witness contradicts the clock. The run must end if two witnesses contradict it in the same direction.

import type { ClockContradiction, ClockProof } from './clock-proof.ts';
import type { Clock, Log, Metrics, RelayStore, WakeQueue } from './ports.ts';

/** How long a runner waits for its witnesses before its first claim, and after its clock was set. */
const WITNESSES_MILLIS = 300;

export interface ClockCheckPorts {
  readonly clock: Clock;
  readonly relay: RelayStore;
  readonly queue: WakeQueue;
  readonly proof: ClockProof;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class ClockCheck {
  readonly #isEnforced: boolean;
  readonly #ports: ClockCheckPorts;
  #hasReportedDoubt = false;
  #hasReportedContradiction = false;

  /** @param isEnforced whether two contradicting witnesses end the run. If false, they are only reported. */
  constructor(isEnforced: boolean, ports: ClockCheckPorts) {
    this.#isEnforced = isEnforced;
    this.#ports = ports;
  }

  /** True if the wall clock was set, or the machine was suspended, since the run began or since the last
   *  {@link recover}. Earlier claims then do not count. */
  get hasStepped(): boolean {
    return this.#ports.proof.hasStepped;
  }

  /** Asks the queue for the date. The queue is the second witness, after the table, which the runner has read.
   *  Continues without the answer after 300 ms. */
  async askQueue(): Promise<void> {
    await this.#wait(this.#ports.queue.requestDate());
  }

  /** Discards what the witnesses have shown, and asks table and queue again. Called after the clock was set. */
  async recover(): Promise<void> {
    const { proof, relay, queue, log } = this.#ports;
    log.warn('the clock of this machine was set, or the machine was suspended');
    proof.restart();
    const table = relay.read().catch((error) => log.warn('could not read the relay', { error }));
    await this.#wait(Promise.all([table, queue.requestDate()]));
  }

  /** Returns whether the run must end: two witnesses contradict the clock in the same direction, and the check is
   *  enforced. If only one does, the run continues, because the witness may be wrong. Also logs contradictions. */
  isWrong(): boolean {
    const { proof } = this.#ports;
    const { doubts } = proof;
    if (doubts.size === 0) return false;
    const { contradiction } = proof;
    this.#report(Object.fromEntries(doubts), contradiction);
    return contradiction !== undefined && this.#isEnforced;
  }

  /** Logs once that one witness contradicts the clock (a doubt), and once that two do (a contradiction). */
  #report(doubts: Readonly<Record<string, number>>, contradiction: ClockContradiction | undefined): void {
    const { log, metrics } = this.#ports;
    if (contradiction === undefined) {
      if (!this.#hasReportedDoubt) log.warn('a witness contradicts the clock of this machine', { doubts });
      this.#hasReportedDoubt = true;
      return;
    }
    if (this.#hasReportedContradiction) return;
    this.#hasReportedContradiction = true;
    log.error('the clock of this machine is wrong: two witnesses contradict it', { doubts, ...contradiction });
    metrics.clockError();
  }

  async #wait(answers: Promise<unknown>): Promise<void> {
    const { clock } = this.#ports;
    await Promise.race([answers, clock.sleepUntil(clock.now() + WITNESSES_MILLIS)]);
  }
}
