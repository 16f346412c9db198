// Describes the error of this computer's clock as text.

import type { Texts } from './texts.ts';

/** @param offsetMillis the server's time minus the computer's; undefined if unknown
 *  @param errorBoundMillis maximum error of the offset; Infinity if unknown */
export function describeClockError(texts: Texts, offsetMillis: number | undefined, errorBoundMillis: number): string {
  if (offsetMillis === undefined || !Number.isFinite(errorBoundMillis)) return texts.page.comparing;
  const bound = `${Math.ceil(errorBoundMillis)}${texts.units.ms}`;
  if (Math.abs(offsetMillis) <= errorBoundMillis) return texts.right(bound);
  const amount = describeMillis(texts, Math.abs(offsetMillis));
  return offsetMillis < 0 ? texts.fast(amount, bound) : texts.slow(amount, bound);
}

/** Formats a duration, for example `340 ms`, `1.3 s`, `75.0 s`, `3.5 min` or `2.0 days`. */
export function describeMillis({ units }: Texts, millis: number): string {
  if (Math.round(millis) < 1000) return `${Math.round(millis)}${units.ms}`;
  const seconds = millis / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)}${units.s}`;
  if (seconds < 2 * 3600) return `${(seconds / 60).toFixed(1)}${units.min}`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)}${units.h}`;
  return `${(seconds / 86400).toFixed(1)}${units.d}`;
}
