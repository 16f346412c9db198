// When to probe the server's clock. Each probe and its answer are billed messages: a short series when nothing is known, then ever
// fewer.

import type { SyncReply, SyncRequest } from '../../../protocol/messages.ts';
import type { Probe } from './clock-filter.ts';
import type { Ports } from './ports.ts';

const SERIES = 5;
const SERIES_GAP_MILLIS = 300;
const FIRST_GAP_MILLIS = 1_000;
/** From the beginning of a series to that of the next. */
const SERIES_REST_MILLIS = 10_000;
/** Answers that take longer are of no use. */
const MAX_ANSWER_MILLIS = 30_000;

export class Prober {
  readonly #ports: Pick<Ports, 'monotonicMillis' | 'setTimer'>;
  readonly #send: (text: string) => void;
  /** Between two probes in the long run. */
  maxGapMillis: number;
  #gapMillis = FIRST_GAP_MILLIS;
  #left = 0;
  #seriesAtMillis = -Infinity;
  #lastAtMillis = -Infinity;
  /** When the probes under way were sent. */
  readonly #underWay = new Set<number>();
  #cancel: (() => void) | undefined;

  /** @param send called only between `start` and `stop` */
  constructor(ports: Pick<Ports, 'monotonicMillis' | 'setTimer'>, maxGapMillis: number, send: (text: string) => void) {
    this.#ports = ports;
    this.maxGapMillis = maxGapMillis;
    this.#send = send;
  }

  /** Goes on where it stopped: with the rest of a series, or with the next probe when that is due. */
  start(): void {
    const dueMillis = this.#left > 0 ? 0 : this.#lastAtMillis + this.#gapMillis - this.#ports.monotonicMillis();
    this.#schedule(Math.max(0, dueMillis));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Asks for a series: at once, when there is a connection and the last series is not too recent. */
  hurry(): void {
    const now = this.#ports.monotonicMillis();
    if (now - this.#seriesAtMillis < SERIES_REST_MILLIS) return;
    this.#seriesAtMillis = now;
    this.#left = SERIES;
    this.#gapMillis = FIRST_GAP_MILLIS;
    if (this.#cancel !== undefined) this.#schedule(0);
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
    this.#cancel = this.#ports.setTimer(() => this.#probe(), millis);
  }

  #probe(): void {
    if (this.#left > 0) this.#left--;
    this.#schedule(this.#left > 0 ? SERIES_GAP_MILLIS : this.#nextGap());

    const clientSentAt = this.#ports.monotonicMillis();
    this.#lastAtMillis = clientSentAt;
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
