// The clock's server and the networks before it, on simulated time. True time is the server's; each stamp is off it by what
// the option says.

import { formatMessage, parseClientMessage, tickFormatter } from '../../protocol/messages.ts';
import { sequenceAt } from '../../protocol/tick.ts';
import type { Socket } from '../../web/src/client/ports.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Timeline } from './timeline.ts';

/** One viewer's way to the server and back. Each is asked anew for every message, so messages overtake one another. */
export interface Network {
  upMillis(): number;
  downMillis(): number;
  /** Whether the next message, of either direction, is lost. @default never */
  loses?(): boolean;
}

export interface ServiceOptions {
  readonly timeline: Timeline;
  /** @default 1,000 */
  readonly intervalMillis?: number;
  /** From the boundary until a copy leaves. @default 5 */
  latenessMillis?(): number;
  /** From a probe's arrival until the answer leaves. @default 3 */
  answerMillis?(): number;
  /** How far the next stamp is off the true time. @default 0 */
  stampErrorMillis?(): number;
  /** How long the next connection lasts. @default for ever */
  lifetimeMillis?(): number;
  /** Whether the next handshake is refused. @default never */
  refuses?(): boolean;
}

export class SimulatedService {
  readonly options: ServiceOptions;
  readonly sockets = new Set<SimulatedSocket>();
  /** When each handshake reached the server, refused ones included. */
  readonly handshakes: number[] = [];
  /** Probes that were answered. */
  probes = 0;
  /** While it is set, no ticks are sent. */
  isSilent = false;
  /** While it is set, ticks never go to those who connect. */
  isSilentToNew = false;
  /** While it is set, nothing is sent at all, and nobody is told. */
  isUnresponsive = false;

  constructor(options: ServiceOptions) {
    this.options = options;
    this.#planTick(sequenceAt(options.timeline.nowMillis, this.intervalMillis) + 1);
  }

  get intervalMillis(): number {
    return this.options.intervalMillis ?? 1_000;
  }

  /** Milliseconds as a server stamps them. */
  stamp(): number {
    return Math.floor(this.options.timeline.nowMillis + (this.options.stampErrorMillis?.() ?? 0));
  }

  connect(device: SimulatedDevice, network: Network): SimulatedSocket {
    return new SimulatedSocket(this, device, network);
  }

  /** Ends every connection, as when the server goes away. */
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
  /** Nothing arrives before the handshake's answer, nor after the close. */
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
