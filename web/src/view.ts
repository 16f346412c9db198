// The data that every part of the page gets.

import type { ClockClient } from './client/index.ts';
import type { Formats } from './formats.ts';
import type { Texts } from './texts.ts';

export interface View {
  readonly client: ClockClient;
  readonly texts: Texts;
  readonly formats: Formats;
  /** The server's time as Unix time in milliseconds. Undefined if it is unknown or out of the range of `Date`. */
  readonly now: number | undefined;
}

/** A part of the page. It is called whenever the data may have changed. */
export interface Part {
  show(view: View): void;
}
