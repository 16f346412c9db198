// Decides when to probe the server's clock. Each probe and its answer are billed messages. The client sends a short
// series first. Later it sends a probe before the error bound exceeds its target, but not earlier than 1, 2, 4, … s
// after the previous one.

import type { SyncReply, SyncRequest } from '../../../protocol/messages.ts';
import type { Probe } from './clock-filter.ts';
import type { Ports } from './ports.ts';

const SERIES = 5;
const SERIES_GAP_MILLIS = 300;
const FIRST_GAP_MILLIS = 1_000;
/** Minimum time between the starts of two series. */
const SERIES_REST_MILLIS = 10_000;
/** Maximum delay of a timer. */
const MAX_WAIT_MILLIS = 3_600_000;
/** Answers that take longer are ignored. */
const MAX_ANSWER_MILLIS = 30_000;

export class Prober {
  readonly #ports: Pick<Ports, 'monotonicMillis' | 'setTimer'>;
  readonly #send: (text: string) => void;
  readonly #holdsMillis: () => number;
  /** Minimum time between two probes after the first ones. */
  maxGapMillis: number;
  #gapMillis = FIRST_GAP_MILLIS;
  #left = 0;
  #seriesAtMillis = -Infinity;
  /** Earliest time of the next probe. */
  #dueAtMillis = -Infinity;
  /** Times at which the probes without an answer were sent. */
  readonly #underWay = new Set<number>();
  #cancel: (() => void) | undefined;

  /** @param holdsMillis returns how long no probe is needed, in milliseconds; 0 or less if one is needed now
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

  /** Continues with the rest of a series, or with the next probe when it is due. */
  start(): void {
    this.#schedule(Math.max(0, this.#dueAtMillis - this.#ports.monotonicMillis()));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Starts a series because the time is uncertain, immediately if there is a connection. Soon after another series, it
   *  only sends the next probe as early as allowed. */
  probeNow(): void {
    const now = this.#ports.monotonicMillis();
    if (now - this.#seriesAtMillis >= SERIES_REST_MILLIS) {
      this.#seriesAtMillis = now;
      this.#dueAtMillis = now;
      this.#left = SERIES;
      this.#gapMillis = FIRST_GAP_MILLIS;
    }
    if (this.#cancel !== undefined) this.start();
  }

  /** Makes later answers to the probes in flight invalid. */
  forget(): void {
    this.#underWay.clear();
  }

  /** @returns undefined if this is not the answer to a probe in flight */
  answered({ clientSentAt, serverReceivedAt, serverSentAt }: SyncReply, atMillis: number): Probe | undefined {
    if (!this.#underWay.delete(clientSentAt)) return undefined;
    return { t0: clientSentAt, t1: serverReceivedAt, t2: serverSentAt, t3: atMillis };
  }

  #schedule(millis: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.setTimer(() => this.#due(), millis);
  }

  /** Sends a probe if it is still needed. Ticks may have improved the bound since the timer was set. */
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
