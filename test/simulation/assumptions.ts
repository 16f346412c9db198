// Assumptions of the simulation, in addition to the quotas that AWS documents. Nothing here was measured on AWS.

/** From the least to the most; every value between them is equally likely. */
export type Range = readonly [number, number];

export const ASSUMED = {
  /** CPU time on one whole vCPU. A post over TLS is the figure of docs/measurements.md. A row of the roster costs 0.16
   *  of a post when `npm run bench -- --only fan-out,roster` measures both in one run. */
  postMicros: 56,
  rowMicros: 9,
  /** MiB at which a function has one whole vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  megabytesOfVcpu: 1_769,
  /** One way between a runner and API Gateway. */
  postTransitMillis: [5, 15] as Range,
  tableMillis: [3, 8] as Range,
  queueMillis: [5, 20] as Range,
  /** How late SQS delivers a message. Unconfirmed. */
  messageLatenessMillis: [0, 200] as Range,
  coldStartMillis: [300, 600] as Range,
  /** Error of a machine's clock. */
  clockMillis: [-1, 1] as Range,
  /** From a viewer to API Gateway and back. */
  viewerRoundTripMillis: [20, 150] as Range,
} as const;

/** Of an account or a table that has not asked for more. */
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
