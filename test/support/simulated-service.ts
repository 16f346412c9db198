// The server and the networks of its viewers, on simulated time. The server's clock is true time. An option sets the
// error of each time that it sends.

import { formatMessage, parseClientMessage, tickFormatter } from '../../protocol/messages.ts';
import { sequenceAt } from '../../protocol/tick.ts';
import type { Socket } from '../../web/src/client/ports.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Timeline } from './timeline.ts';

/** The network of one viewer. Its functions are called for every message, so messages can overtake each other. */
export interface Network {
  upMillis(): number;
  downMillis(): number;
  /** Whether the next message is lost, in either direction. @default - never */
  loses?(): boolean;
}

export interface ServiceOptions {
  readonly timeline: Timeline;
  /** @default 1,000 */
  readonly intervalMillis?: number;
  /** Time from the boundary until a copy is sent. @default 5 */
  latenessMillis?(): number;
  /** Time from the arrival of a probe until the answer is sent. @default 3 */
  answerMillis?(): number;
  /** Error of the next time that the server sends. @default 0 */
  stampErrorMillis?(): number;
  /** Lifetime of the next connection. @default - unlimited */
  lifetimeMillis?(): number;
  /** Whether the next handshake is refused. @default - never */
  refuses?(): boolean;
}

export class SimulatedService {
  readonly options: ServiceOptions;
  readonly sockets = new Set<SimulatedSocket>();
  /** When each handshake reached the server, also refused ones. */
  readonly handshakes: number[] = [];
  /** Number of probes that were answered. */
  probes = 0;
  /** While true, no ticks are sent. */
  isSilent = false;
  /** Connections that open while this is true never get ticks. */
  isSilentToNew = false;
  /** While true, nothing is sent, and connections stay open. */
  isUnresponsive = false;

  constructor(options: ServiceOptions) {
    this.options = options;
    this.#planTick(sequenceAt(options.timeline.nowMillis, this.intervalMillis) + 1);
  }

  get intervalMillis(): number {
    return this.options.intervalMillis ?? 1_000;
  }

  /** The time that the server sends, in milliseconds. */
  stamp(): number {
    return Math.floor(this.options.timeline.nowMillis + (this.options.stampErrorMillis?.() ?? 0));
  }

  connect(device: SimulatedDevice, network: Network): SimulatedSocket {
    return new SimulatedSocket(this, device, network);
  }

  /** Closes every connection, as when the server stops. */
  cutAll(code = 1001, reason = ''): void {
    for (const socket of [...this.sockets]) socket.cut(code, reason);
  }

  sendToAll(text: string): void {
    for (const socket of [...this.sockets]) socket.deliver(text);
  }

  #planTick(sequence: number): void {
    const { timeline, latenessMillis } = this.options;
    timeline.plan(sequence * this.intervalMillis, () => {
      this.#planTick(sequence + 1);
      if (this.isSilent) return;
      const format = tickFormatter(sequence, this.intervalMillis);
      for (const socket of [...this.sockets]) {
        timeline.after(latenessMillis?.() ?? 5, () => socket.deliver(format(this.stamp())));
      }
    });
  }
}

export class SimulatedSocket implements Socket {
  binaryType = 'blob';
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly #service: SimulatedService;
  readonly #device: SimulatedDevice;
  readonly #network: Network;
  isOpen = false;
  #isClosed = false;
  /** Delivers messages only between the answer to the handshake and the close. */
  #openArrivesAtMillis = 0;
  #lastArrivesAtMillis = 0;

  constructor(service: SimulatedService, device: SimulatedDevice, network: Network) {
    this.#service = service;
    this.#device = device;
    this.#network = network;
    service.options.timeline.after(network.upMillis(), () => this.#handshake());
  }

  send(text: string): void {
    if (!this.isOpen) throw new Error('InvalidStateError');
    if (this.#network.loses?.()) return;
    const { timeline, answerMillis } = this.#service.options;
    timeline.after(this.#network.upMillis(), () => {
      const message = parseClientMessage(text);
      if (message.action !== 'sync' || this.#service.isUnresponsive) return;
      const serverReceivedAt = this.#service.stamp();
      this.#service.probes++;
      timeline.after(answerMillis?.() ?? 3, () => {
        const { clientSentAt } = message;
        this.deliver(
          formatMessage({ type: 'sync', clientSentAt, serverReceivedAt, serverSentAt: this.#service.stamp() }),
        );
      });
    });
  }

  close(code = 1005, reason = ''): void {
    this.isOpen = false;
    this.#service.options.timeline.after(this.#network.upMillis(), () => this.cut(code, reason));
  }

  deliver(text: string): void {
    if (this.#isClosed || this.#service.isUnresponsive || this.#network.loses?.()) return;
    this.#arrive(this.#openArrivesAtMillis, () => this.onmessage?.({ data: text }));
  }

  cut(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#service.sockets.delete(this);
    this.#arrive(this.#lastArrivesAtMillis, () => {
      this.isOpen = false;
      this.onclose?.({ code, reason });
    });
  }

  #handshake(): void {
    const { timeline, refuses, lifetimeMillis } = this.#service.options;
    this.#service.handshakes.push(timeline.nowMillis);
    if (this.#service.isUnresponsive) return;
    if (refuses?.() || this.#isClosed) {
      this.cut(1006, '');
      return;
    }
    if (!this.#service.isSilentToNew) this.#service.sockets.add(this);
    if (lifetimeMillis !== undefined) timeline.after(lifetimeMillis(), () => this.cut(1001, 'Going away'));
    this.#openArrivesAtMillis = this.#arrive(0, () => {
      this.isOpen = true;
      this.onopen?.({});
    });
  }

  #arrive(earliestMillis: number, run: () => void): number {
    const { timeline } = this.#service.options;
    const atMillis = Math.max(earliestMillis, timeline.nowMillis + this.#network.downMillis());
    this.#lastArrivesAtMillis = Math.max(this.#lastArrivesAtMillis, atMillis);
    timeline.plan(atMillis, () => this.#device.arrive(run));
    return atMillis;
  }
}
