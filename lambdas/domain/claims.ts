// Claims one boundary in the store: again while there is no answer, and in place of a boundary that no right clock can have
// claimed.

import type { ClockProof } from './clock-proof.ts';
import { isVoid } from './liveness.ts';
import type { Census, Clock, Log, RelayState, RelayStore } from './ports.ts';

/** Between two attempts to claim, while the store does not answer. */
const RETRY_MILLIS = 150;

/** How long after the boundary a claim is attempted: a tick claimed later could hardly be sent in time. */
const WINDOW_MILLIS = 450;

/** The relay before the claim that was won; or another runner has won; or the predecessor has won, which leaves; or the boundary was
 *  claimed but may have been sent already; or the table has not answered in time. */
export type ClaimResult = RelayState | 'lost' | 'lost to predecessor' | 'not to be sent' | 'table silent';

export interface ClaimPorts {
  readonly clock: Clock;
  readonly relay: RelayStore;
  readonly proof: ClockProof;
  readonly log: Log;
}

interface Claimant {
  readonly runnerId: string;
  readonly intervalMillis: number;
  /** A runner that has called this one because it leaves. Its clock may have been wrong, and its last claims too early. */
  readonly predecessorId?: string | undefined;
}

export class Claims {
  readonly #runnerId: string;
  readonly #intervalMillis: number;
  readonly #predecessorId: string | undefined;
  readonly #ports: ClaimPorts;

  constructor({ runnerId, intervalMillis, predecessorId }: Claimant, ports: ClaimPorts) {
    this.#runnerId = runnerId;
    this.#intervalMillis = intervalMillis;
    this.#predecessorId = predecessorId;
    this.#ports = ports;
  }

  /** The boundary lies in a future that neither this clock nor the table's allows. */
  isVoid(boundary: number): boolean {
    const { clock, proof } = this.#ports;
    const nowMillis = Math.max(clock.now(), proof.latestByTableMillis ?? Number.NEGATIVE_INFINITY);
    return isVoid(boundary, nowMillis, this.#intervalMillis);
  }

  /** Claims until there is an answer. Repeating a claim does no harm. */
  async claim(boundary: number, census: Census | undefined): Promise<ClaimResult> {
    const { clock, log } = this.#ports;
    const { promise: answer, resolve } = Promise.withResolvers<ClaimResult>();
    const failed = (error: unknown) =>
      log.warn('the table did not answer a claim', { boundaryMillis: boundary, error });
    const startedAtMillis = clock.monotonicMillis();
    const windowMillis = boundary + WINDOW_MILLIS - clock.now();
    for (let attempt = 1; clock.monotonicMillis() - startedAtMillis <= windowMillis; attempt++) {
      this.#claimOnce(boundary, census, attempt).then(resolve, failed);
      const patience = clock.sleepUntil(clock.now() + RETRY_MILLIS).then(() => undefined);
      const result = await Promise.race([answer, patience]);
      if (result !== undefined) return result;
    }
    return 'table silent';
  }

  async #claimOnce(boundary: number, census: Census | undefined, attempt: number): Promise<ClaimResult> {
    const { relay } = this.#ports;
    const before = await relay.claim(boundary, this.#runnerId, census);
    if (before !== undefined) return before;
    const state = await relay.read();
    const { lastBoundaryMillis: last, leader } = state;
    if (attempt > 1 && this.#isOwn(boundary, state)) return state;
    if (this.isVoid(last)) return this.#replaceVoid(state, boundary);
    // This runner has claimed a later one, before its clock was set back.
    if (leader === this.#runnerId && !state.isEmpty) return 'not to be sent';
    return leader !== undefined && leader === this.#predecessorId ? 'lost to predecessor' : 'lost';
  }

  /** An earlier attempt has won the claim, and its answer was lost. A first attempt that finds this was made after the clock was set
   *  back, and the tick has been sent. A newcomer may have claimed the next boundary since. */
  #isOwn(boundary: number, state: RelayState): boolean {
    if (state.lastBoundaryMillis === boundary) return state.leader === this.#runnerId && !state.isEmpty;
    return state.priorBoundaryMillis === boundary && state.priorLeader === this.#runnerId;
  }

  /** The claim before the void one tells whether the boundary is free. When that is void too, this boundary may have been sent
   *  already, so it is only claimed. */
  async #replaceVoid(state: RelayState, boundary: number): Promise<ClaimResult> {
    const { relay, log } = this.#ports;
    const isPriorVoid = this.isVoid(state.priorBoundaryMillis);
    if (!isPriorVoid && state.priorBoundaryMillis >= boundary) return 'not to be sent';
    const isReplaced = await relay.replaceVoid(state, boundary, this.#runnerId);
    log.warn('replaced a boundary that lies in the future', { isReplaced, voidMillis: state.lastBoundaryMillis });
    if (!isReplaced) return 'lost';
    return isPriorVoid ? 'not to be sent' : state;
  }
}
