// What the tests of every browser need of one, whatever drives it.

export interface BrowserOptions {
  /** As the system would ask for it. */
  readonly isDark?: boolean;
  /** Its clocks are rounded against fingerprinting, where {@link BrowserKind.roundsClocks}. */
  readonly hasRoundedClocks?: boolean;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface BrowserPage {
  goto(url: string): Promise<void>;
  /** Of the viewport, in CSS pixels. Windows have a smallest width: `innerWidth` tells. */
  resize(size: Size): Promise<void>;
  /** Not bound by the page's policy.
   *  @param expression in JavaScript; a promise is awaited. Its value must be JSON, and not undefined */
  evaluate<T>(expression: string): Promise<T>;
  /** As by a person: what opens full screen asks for that. */
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
  readonly roundsClocks: boolean;
  /** Why it cannot be started here; undefined when it can. */
  missing(): string | undefined;
  start(options?: BrowserOptions): Promise<TestBrowser>;
}

const TIMEOUT_MILLIS = 20_000;
const LOOK_MILLIS = 50;

/** Waits until an expression is truthy in the page. @returns its value
 *  @throws Error with the expression and its last value */
export async function waitFor<T>(page: BrowserPage, expression: string, timeoutMillis = TIMEOUT_MILLIS): Promise<T> {
  const endMillis = performance.now() + timeoutMillis;
  for (;;) {
    const value = await page.evaluate<T>(expression);
    if (value) return value;
    if (performance.now() > endMillis) throw new Error(`still ${JSON.stringify(value)}: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
  }
}
