// What a simulation assumes beside the quotas that AWS documents. Nothing of it was measured on AWS.

/** From the shortest to the longest; all between are as likely. */
export type Range = readonly [number, number];

export const ASSUMED = {
  /** CPU on a whole vCPU: of a post over TLS, and of a row of the roster (`npm run bench -- --only fan-out,roster`). */
  postMicros: 56,
  rowMicros: 5.2,
  /** MiB at which a function has a whole vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  megabytesOfVcpu: 1_769,
  /** From the request until API Gateway has taken it, and as long again for the answer. */
  postWayMillis: [5, 15] as Range,
  tableMillis: [3, 8] as Range,
  queueMillis: [5, 20] as Range,
  /** How late SQS delivers. Unconfirmed. */
  messageLatenessMillis: [0, 200] as Range,
  coldStartMillis: [300, 600] as Range,
  /** How far the clock of a machine is off. */
  clockMillis: [-1, 1] as Range,
  /** From a viewer to the gateway and back. */
  viewerRoundTripMillis: [20, 150] as Range,
} as const;

/** Of an account or a table that has asked for no more. */
export const QUOTAS = {
  /** https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html; new accounts have 10 or 50. */
  concurrentExecutions: 1_000,
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
  partitionWrites: 1_000,
  /** Of a new table on demand: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
  tableWrites: 4_000,
  tableReads: 12_000,
} as const;

export function within([least, most]: Range, random: () => number): number {
  return least + random() * (most - least);
}
