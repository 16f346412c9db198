// The arithmetic of ticks. The number of a tick depends only on the wall clock and the interval.

/** The latest time that a `Date` can hold; its negative is the earliest (ECMA-262, time values). */
export const MAX_EPOCH_MILLIS = 8.64e15;

/** @returns the number of the interval that contains this time, and of the tick with which it begins */
export function sequenceAt(epochMillis: number, intervalMillis: number): number {
  return Math.floor(epochMillis / intervalMillis);
}

/** @returns the boundary of a tick, as Unix time in milliseconds */
export function boundaryMillis(sequence: number, intervalMillis: number): number {
  return sequence * intervalMillis;
}

/** Part of the interval in which the copies of a tick are sent. Later copies would delay the next tick. At an interval
 *  of 1 s the next boundary is claimed within this window. The claim is one write. A roster is read after this tick's
 *  posts, or 200 ms before the next boundary if they take longer. The posts of the next tick always come after those of
 *  this tick. */
const SEND_WINDOW_SHARE = 0.9;

/** @returns how many milliseconds after its boundary a copy of a tick may still be sent */
export function sendWindowMillis(intervalMillis: number): number {
  return SEND_WINDOW_SHARE * intervalMillis;
}
