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
