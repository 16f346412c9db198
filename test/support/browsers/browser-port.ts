// The interface of a browser for tests, independent of the protocol that drives it.

export interface BrowserOptions {
  /** Whether the system prefers a dark color scheme. */
  readonly isDark?: boolean;
  /** Rounds the page's clocks as protection against fingerprinting. Only if {@link BrowserKind.roundsClocks}. */
  readonly hasRoundedClocks?: boolean;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface BrowserPage {
  goto(url: string): Promise<void>;
  /** Sets the size of the viewport in CSS pixels. A window may have a minimum width: check `innerWidth`. */
  resize(size: Size): Promise<void>;
  /** Evaluates in the page, also if its Content-Security-Policy forbids `eval`.
   *  @param expression JavaScript; a promise is awaited. Its value must be JSON, and not undefined */
  evaluate<T>(expression: string): Promise<T>;
  /** Clicks as a user does. The Fullscreen API requires a user's click. */
  click(selector: string): Promise<void>;
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestBrowser {
  open(size: Size): Promise<BrowserPage>;
  close(): Promise<void>;
}

export interface BrowserKind {
  readonly name: string;
  /** Whether it supports {@link BrowserOptions.hasRoundedClocks}. */
  readonly roundsClocks: boolean;
  /** @returns why the browser cannot start on this machine; undefined if it can */
  missing(): string | undefined;
  start(options?: BrowserOptions): Promise<TestBrowser>;
}

const TIMEOUT_MILLIS = 20_000;
const POLL_MILLIS = 50;

/** Waits until an expression is truthy in the page.
 *  @returns its value @throws Error after the timeout, with the expression and its last value */
export async function waitFor<T>(page: BrowserPage, expression: string, timeoutMillis = TIMEOUT_MILLIS): Promise<T> {
  const endMillis = performance.now() + timeoutMillis;
  for (;;) {
    const value = await page.evaluate<T>(expression);
    if (value) return value;
    if (performance.now() > endMillis) throw new Error(`timeout: still ${JSON.stringify(value)}: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}
