// The arithmetic of ticks. A tick's number follows from the wall clock alone.

/** Beyond it there are no dates, nor before its negative (ECMA-262, time values). */
export const MAX_EPOCH_MILLIS = 8.64e15;

/** The number of the tick whose interval contains the moment. */
export function sequenceAt(epochMillis: number, intervalMillis: number): number {
  return Math.floor(epochMillis / intervalMillis);
}

/** The boundary a tick is sent on, in milliseconds since the epoch. */
export function boundaryMillis(sequence: number, intervalMillis: number): number {
  return sequence * intervalMillis;
}

/** Share of an interval in which a tick is sent: a later copy would meet the next tick. At 1 s the next boundary is claimed
 *  meanwhile. That is one write, and its roster and posts come after this tick's posts. */
const SEND_WINDOW_SHARE = 0.9;

/** @returns how long after its boundary a copy of a tick may still leave. Its `sentAt` says when it did. */
export function sendWindowMillis(intervalMillis: number): number {
  return SEND_WINDOW_SHARE * intervalMillis;
}
