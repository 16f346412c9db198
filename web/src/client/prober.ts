// When to probe the server's clock. Each probe and its answer are billed messages: the client sends a short series when
// it knows nothing, and later a probe whenever the error bound is about to exceed its target, but never sooner than 1,
// 2, 4, … s after the one before.

import type { SyncReply, SyncRequest } from '../../../protocol/messages.ts';
import type { Probe } from './clock-filter.ts';
import type { Ports } from './ports.ts';

const SERIES = 5;
const SERIES_GAP_MILLIS = 300;
const FIRST_GAP_MILLIS = 1_000;
/** From the beginning of a series to that of the next. */
const SERIES_REST_MILLIS = 10_000;
/** No timer is set for longer. */
const MAX_WAIT_MILLIS = 3_600_000;
/** Answers that take longer are of no use. */
const MAX_ANSWER_MILLIS = 30_000;

export class Prober {
  readonly #ports: Pick<Ports, 'monotonicMillis' | 'setTimer'>;
  readonly #send: (text: string) => void;
  readonly #holdsMillis: () => number;
  /** The shortest gap between two probes in the long run. */
  maxGapMillis: number;
  #gapMillis = FIRST_GAP_MILLIS;
  #left = 0;
  #seriesAtMillis = -Infinity;
  /** When the timetable allows the next probe. */
  #dueAtMillis = -Infinity;
  /** When the probes under way were sent. */
  readonly #underWay = new Set<number>();
  #cancel: (() => void) | undefined;

  /** @param holdsMillis how long no probe is needed, in milliseconds from now; 0 or less when one is
   *  @param send called only between `start` and `stop` */
  constructor(
    ports: Pick<Ports, 'monotonicMillis' | 'setTimer'>,
    maxGapMillis: number,
    holdsMillis: () => number,
    send: (text: string) => void,
  ) {
    this.#ports = ports;
    this.maxGapMillis = maxGapMillis;
    this.#holdsMillis = holdsMillis;
    this.#send = send;
  }

  /** Goes on where it stopped: with the rest of a series, or with the next probe when that is due. */
  start(): void {
    this.#schedule(Math.max(0, this.#dueAtMillis - this.#ports.monotonicMillis()));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The time is in doubt: asks for a series, at once when there is a connection. Soon after another series it only
   *  asks for the next probe, as early as the timetable allows. */
  hurry(): void {
    const now = this.#ports.monotonicMillis();
    if (now - this.#seriesAtMillis >= SERIES_REST_MILLIS) {
      this.#seriesAtMillis = now;
      this.#dueAtMillis = now;
      this.#left = SERIES;
      this.#gapMillis = FIRST_GAP_MILLIS;
    }
    if (this.#cancel !== undefined) this.start();
  }

  /** Answers to the probes under way count no more. */
  forget(): void {
    this.#underWay.clear();
  }

  /** @returns undefined when this is no answer to a probe under way */
  answered({ clientSentAt, serverReceivedAt, serverSentAt }: SyncReply, atMillis: number): Probe | undefined {
    if (!this.#underWay.delete(clientSentAt)) return undefined;
    return { t0: clientSentAt, t1: serverReceivedAt, t2: serverSentAt, t3: atMillis };
  }

  #schedule(millis: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.setTimer(() => this.#due(), millis);
  }

  /** Ticks may have tightened the bound since the timer was set. */
  #due(): void {
    const holdsMillis = this.#left > 0 ? 0 : Math.min(this.#holdsMillis(), MAX_WAIT_MILLIS);
    if (holdsMillis > 0) this.#schedule(Math.ceil(holdsMillis));
    else this.#probe();
  }

  #probe(): void {
    const clientSentAt = this.#ports.monotonicMillis();
    if (this.#left > 0) this.#left--;
    const gapMillis = this.#left > 0 ? SERIES_GAP_MILLIS : this.#nextGap();
    this.#dueAtMillis = clientSentAt + gapMillis;
    this.#schedule(gapMillis);

    for (const sentAt of this.#underWay) if (clientSentAt - sentAt > MAX_ANSWER_MILLIS) this.#underWay.delete(sentAt);
    this.#underWay.add(clientSentAt);
    this.#send(JSON.stringify({ action: 'sync', clientSentAt } satisfies SyncRequest));
  }

  #nextGap(): number {
    const gapMillis = Math.min(this.#gapMillis, this.maxGapMillis);
    this.#gapMillis = Math.min(gapMillis * 2, this.maxGapMillis);
    return gapMillis;
  }
}
