// `<tick-cast-clock>`: shows the server's time or a countdown in any page that the server allows. See docs/element.md.

import { MAX_EPOCH_MILLIS } from '../../../protocol/tick.ts';
import type { ClockClient, ClockState } from '../client/index.ts';
import { everySecond, phaseOf, type Seconds } from '../every-second.ts';
import { Host } from './host.ts';
import { readAttributes, type Show } from './settings.ts';
import { type Lease, shareClient } from './share-client.ts';
import { socketUrls } from './socket-urls.ts';
import { applyStyle } from './style.ts';
import { languageOf, watchLanguage } from './surroundings.ts';

/** Makes the module importable without a DOM, for example when a page is rendered on a server. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export class TickCastClock extends Base {
  static readonly observedAttributes = ['src', 'time-zone', 'format', 'until'];

  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #host = new Host(this);
  readonly #time = document.createElement('time');
  readonly #slot = document.createElement('slot');
  readonly #error = document.createElement('span');
  #lease: Lease | undefined;
  #show: Show | undefined;
  #seconds: Seconds | undefined;
  #unsubscribe: (() => void)[] = [];
  #stopWatching: (() => void) | undefined;
  /** End of a countdown that was not reached at the last check. It survives restarts of the element, so that `reached`
   *  is not lost. */
  #awaitedMillis: number | undefined;
  #isDue = false;

  constructor() {
    super();
    this.#time.setAttribute('part', 'time');
    // Isolate the text from the writing direction around it.
    this.#time.dir = 'auto';
    this.#error.setAttribute('part', 'error');
    this.#root.append(this.#slot, this.#time, this.#error);
    applyStyle(this.#root);
  }

  /** Shared by all elements of the same URL. Undefined outside a document, and while an attribute is invalid. */
  get client(): ClockClient | undefined {
    return this.#lease?.client;
  }

  connectedCallback(): void {
    this.#host.ensureRole();
    this.#stopWatching = watchLanguage(this, () => this.#beginSoon());
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#stopWatching?.();
    this.#end();
  }

  /** Updates the style sheet, which belongs to a document. */
  adoptedCallback(): void {
    applyStyle(this.#root);
  }

  attributeChangedCallback(): void {
    this.#beginSoon();
  }

  /** Restarts once for several attributes that change together. */
  #beginSoon(): void {
    if (this.#isDue || !this.isConnected) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (this.isConnected) this.#begin();
    });
  }

  #begin(): void {
    const old = this.#lease;
    this.#lease = undefined;
    this.#end();
    try {
      const attribute = (name: string) => this.getAttribute(name);
      this.#show = readAttributes(
        { 'time-zone': attribute('time-zone'), format: attribute('format'), until: attribute('until') },
        languageOf(this),
      );
      this.#lease = shareClient(socketUrls(this.getAttribute('src'), this.baseURI));
      this.#error.textContent = '';
    } catch (error) {
      this.#fail(error);
    } finally {
      old?.release();
    }
    const lease = this.#lease;
    if (lease === undefined) return;
    const { client } = lease;
    this.#stateChanged(client.state);
    // A listener may have removed the element.
    if (this.#lease !== lease) return;
    const phases = [phaseOf(this.#show?.untilMillis ?? 0)];
    this.#seconds = everySecond(
      () => client.now(),
      () => this.#write(client.now()),
      () => phases,
    );
    this.#unsubscribe = [
      client.on('state', (state) => this.#stateChanged(state)),
      // Browsers delay timers of hidden pages, but not messages.
      client.on('tick', () => this.#seconds?.again()),
    ];
  }

  #end(): void {
    this.#seconds?.end();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#lease?.release();
    this.#lease = undefined;
  }

  #stateChanged(state: ClockState): void {
    if (this.#host.setState(state)) this.dispatchEvent(new CustomEvent('state', { detail: state }));
  }

  #write(now: number | undefined): void {
    if (now === undefined || Math.abs(now) > MAX_EPOCH_MILLIS || this.#show === undefined) return;
    const { untilMillis } = this.#show;
    const { text, dateTime } = this.#show.at(now);
    this.#slot.hidden = true;
    if (this.#time.dateTime !== dateTime) this.#time.dateTime = dateTime;
    if (this.#time.textContent !== text) this.#time.textContent = text;
    const isReached = untilMillis !== undefined && now >= untilMillis && untilMillis === this.#awaitedMillis;
    this.#awaitedMillis = untilMillis !== undefined && now < untilMillis ? untilMillis : undefined;
    if (isReached) this.dispatchEvent(new CustomEvent('reached'));
  }

  /** Shows the error of an invalid attribute in place of the time. */
  #fail(error: unknown): void {
    this.#host.setState(undefined);
    this.#slot.hidden = true;
    this.#time.textContent = '';
    this.#error.textContent = error instanceof Error ? error.message : String(error);
  }
}
