// `<tick-cast-clock>`: the server's time, or a countdown by it, anywhere in any page that the server lets in.
// docs/element.md describes it.

import { MAX_EPOCH_MILLIS } from '../../../protocol/tick.ts';
import type { ClockClient, ClockState } from '../client/index.ts';
import { everySecond, type Seconds } from '../every-second.ts';
import { readAttributes, type Show } from './settings.ts';
import { type Lease, shareClient } from './share-client.ts';

const STYLE = `
  :host { display: inline-block; font-variant-numeric: tabular-nums; white-space: nowrap }
  :host([hidden]) { display: none }
  :host(:not([state="open"])) time { opacity: 0.6 }
  [part="error"] { white-space: normal }
`;

/** Where there is no DOM, as when a page is rendered on a server, the module can be imported nevertheless. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export class TickCastClock extends Base {
  static readonly observedAttributes = ['src', 'time-zone', 'format', 'until', 'lang'];

  readonly #time = document.createElement('time');
  readonly #slot = document.createElement('slot');
  readonly #error = document.createElement('span');
  #lease: Lease | undefined;
  #show: Show | undefined;
  #seconds: Seconds | undefined;
  #endStates: (() => void) | undefined;
  /** Whether the moment had come when it was last looked at. */
  #wasReached: boolean | undefined;
  #isDue = false;

  constructor() {
    super();
    this.#time.part.add('time');
    this.#error.part.add('error');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#slot, this.#time, this.#error);
  }

  /** Shared by all elements of the same URL. Undefined outside a document, and while an attribute is wrong. */
  get client(): ClockClient | undefined {
    return this.#lease?.client;
  }

  connectedCallback(): void {
    // Its time is read, not announced each second.
    if (!this.hasAttribute('role')) this.setAttribute('role', 'timer');
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#end();
  }

  /** Several attributes that change together begin one thing anew. */
  attributeChangedCallback(): void {
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
        this.closest<HTMLElement>('[lang]')?.lang || undefined,
      );
      this.#lease = shareClient(socketUrl(this.getAttribute('src')));
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
    // Who was told may have removed the element.
    if (this.#lease !== lease) return;
    this.#endStates = client.on('state', (state) => this.#stateChanged(state));
    this.#seconds = everySecond(
      () => client.now(),
      () => this.#write(client.now()),
    );
  }

  #end(): void {
    this.#seconds?.end();
    this.#endStates?.();
    this.#lease?.release();
    this.#lease = undefined;
    this.#wasReached = undefined;
  }

  #stateChanged(state: ClockState): void {
    if (this.getAttribute('state') === state) return;
    this.setAttribute('state', state);
    this.dispatchEvent(new CustomEvent('state', { detail: state }));
  }

  #write(now: number | undefined): void {
    if (now === undefined || Math.abs(now) > MAX_EPOCH_MILLIS || this.#show === undefined) return;
    const { text, dateTime, isReached } = this.#show(now);
    this.#slot.hidden = true;
    this.#time.dateTime = dateTime;
    if (this.#time.textContent !== text) this.#time.textContent = text;
    if (this.#wasReached === false && isReached) this.dispatchEvent(new CustomEvent('reached'));
    this.#wasReached = isReached;
  }

  /** A wrong attribute is shown where the time would be. */
  #fail(error: unknown): void {
    this.removeAttribute('state');
    this.#slot.hidden = true;
    this.#time.textContent = '';
    this.#error.textContent = error instanceof Error ? error.message : String(error);
  }
}

/** Apart, or Vite would look for a file there. */
const SCRIPT_URL = import.meta.url;

/** @param src of the socket, in terms of the page; where there is none, the one beside this script
 *  @throws RangeError when it is no URL of a socket */
function socketUrl(src: string | null): string {
  const url = src === null ? new URL('/websocket', SCRIPT_URL) : urlInPage(src);
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  if (url.protocol === 'ws:' || url.protocol === 'wss:') return url.href;
  throw new RangeError(`src must begin with wss:, ws:, https: or http:, got "${src ?? SCRIPT_URL}"`);
}

function urlInPage(src: string): URL {
  try {
    return new URL(src, document.baseURI);
  } catch {
    throw new RangeError(`src must be the URL of a socket such as wss://clock.example.com/websocket, got "${src}"`);
  }
}
