// What every part of the page is given to show.

import type { ClockClient } from './client/index.ts';
import type { Formats } from './formats.ts';
import type { Texts } from './texts.ts';

export interface View {
  readonly client: ClockClient;
  readonly texts: Texts;
  readonly formats: Formats;
  /** The server's time in milliseconds since the epoch; undefined while unknown, or when no date can hold it. */
  readonly now: number | undefined;
}

/** A part of the page: shows what there is to show, whenever anything may have changed. */
export interface Part {
  show(view: View): void;
}
