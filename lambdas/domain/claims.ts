// Claims one boundary: the database write that decides which runner sends the tick of that time. Retries the write
// until the database answers, for at most 450 ms after the boundary. Replaces a claimed boundary that is void: so far
// in the future that only a runner with a wrong clock can have claimed it.

import type { ClockProof } from './clock-proof.ts';
import { isVoid } from './liveness.ts';
import type { Census, Clock, Log, RelayState, RelayStore } from './ports.ts';

/** Time between two attempts to claim while the database does not answer. */
const RETRY_MILLIS = 150;

/** How long after the boundary a claim is still attempted. A tick claimed later could hardly be sent in time. */
const WINDOW_MILLIS = 450;

/** The outcome of a claim.
 *
 *  - a {@link RelayState}: this runner has won. The state is the relay item before the claim.
 *  - `lost`: another runner has claimed this boundary or a later one.
 *  - `lost to predecessor`: the same, but that runner is leaving and has started this one as its successor.
 *  - `do not send`: this runner may continue, but must not send this tick, because it may have been sent already.
 *  - `table unavailable`: the table has not answered in time. */
export type ClaimResult = RelayState | 'lost' | 'lost to predecessor' | 'do not send' | 'table unavailable';

export interface ClaimPorts {
  readonly clock: Clock;
  readonly relay: RelayStore;
  readonly proof: ClockProof;
  readonly log: Log;
}

interface ClaimOptions {
  readonly runnerId: string;
  readonly intervalMillis: number;
  /** Id of the runner that is leaving and has started this one. Its clock may be wrong, so it may have claimed
   *  boundaries that are not due yet. */
  readonly predecessorId?: string | undefined;
}

export class Claims {
  readonly #runnerId: string;
  readonly #intervalMillis: number;
  readonly #predecessorId: string | undefined;
  readonly #ports: ClaimPorts;

  constructor({ runnerId, intervalMillis, predecessorId }: ClaimOptions, ports: ClaimPorts) {
    this.#runnerId = runnerId;
    this.#intervalMillis = intervalMillis;
    this.#predecessorId = predecessorId;
    this.#ports = ports;
  }

  /** Returns whether a boundary is void by this machine's clock, and also by the latest true time that the `Date`
   *  headers of the table allow (clock-proof.ts). If the table has not answered yet, only this machine's clock
   *  counts. */
  isVoid(boundary: number): boolean {
    const { clock, proof } = this.#ports;
    const nowMillis = Math.max(clock.now(), proof.latestByTableMillis ?? Number.NEGATIVE_INFINITY);
    return isVoid(boundary, nowMillis, this.#intervalMillis);
  }

  /** Tries to claim the boundary until the table answers, for at most 450 ms after the boundary. A retry also wins if
   *  an earlier attempt has won and its answer was lost. So retries are safe. */
  async claim(boundary: number, census: Census | undefined): Promise<ClaimResult> {
    const { clock, log } = this.#ports;
    const { promise: answer, resolve } = Promise.withResolvers<ClaimResult>();
    const failed = (error: unknown) =>
      log.warn('the table did not answer a claim', { boundaryMillis: boundary, error });
    const startedAtMillis = clock.monotonicMillis();
    const windowMillis = boundary + WINDOW_MILLIS - clock.now();
    for (let attempt = 1; clock.monotonicMillis() - startedAtMillis <= windowMillis; attempt++) {
      this.#claimOnce(boundary, census, attempt).then(resolve, failed);
      const timeout = clock.sleepUntil(clock.now() + RETRY_MILLIS).then(() => undefined);
      const result = await Promise.race([answer, timeout]);
      if (result !== undefined) return result;
    }
    return 'table unavailable';
  }

  async #claimOnce(boundary: number, census: Census | undefined, attempt: number): Promise<ClaimResult> {
    const { relay } = this.#ports;
    const before = await relay.claim(boundary, this.#runnerId, census);
    if (before !== undefined) return before;
    const state = await relay.read();
    const { lastBoundaryMillis: last, leader } = state;
    if (attempt > 1 && this.#isOwn(boundary, state)) return state;
    if (this.isVoid(last)) return this.#replaceVoid(state, boundary);
    // This runner has claimed this boundary or a later one, and its clock was set back since.
    if (leader === this.#runnerId && !state.isEmpty) return 'do not send';
    return leader !== undefined && leader === this.#predecessorId ? 'lost to predecessor' : 'lost';
  }

  /** Returns whether an earlier attempt of this runner has won the claim although its answer was lost. A newcomer may
   *  have claimed the next boundary since, so the prior boundary, which was claimed before the last one, is checked
   *  too. The caller asks this only from the second attempt on. If already the first attempt finds the boundary claimed
   *  by this runner, the usual cause is that the clock was set back. Then the tick may have been sent already. */
  #isOwn(boundary: number, state: RelayState): boolean {
    if (state.lastBoundaryMillis === boundary) return state.leader === this.#runnerId && !state.isEmpty;
    return state.priorBoundaryMillis === boundary && state.priorLeader === this.#runnerId;
  }

  /** Claims the boundary in place of a void last boundary. The prior boundary shows whether this boundary was claimed
   *  before. If the prior boundary is void too, nothing shows it. Then the tick may have been sent, so this runner
   *  does not send it. */
  async #replaceVoid(state: RelayState, boundary: number): Promise<ClaimResult> {
    const { relay, log } = this.#ports;
    const isPriorVoid = this.isVoid(state.priorBoundaryMillis);
    if (!isPriorVoid && state.priorBoundaryMillis >= boundary) return 'do not send';
    const isReplaced = await relay.replaceVoid(state, boundary, this.#runnerId);
    log.warn('replaced a boundary that lies in the future', { isReplaced, voidMillis: state.lastBoundaryMillis });
    if (!isReplaced) return 'lost';
    return isPriorVoid ? 'do not send' : state;
  }
}
