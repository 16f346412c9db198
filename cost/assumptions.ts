// Inputs of the monthly cost in addition to the prices: assumptions about usage, and the number of billed resources in
// the stack.

/** None of these figures was measured on AWS. The tests in test/cost check the number of probes, and the sizes of rows
 *  and of a runner's log. */
export const ASSUMPTIONS = {
  /** Time between two clock probes of a page: the longer of these two. Each probe is a message, an invocation and an
   *  answer. Counted for a round trip of 30 ms. Shorter round trips need fewer probes; 100 ms needs one a minute. */
  probeGapSeconds: 125,
  probeGapIntervals: 15,
  /** Additional probes of a new page. Each connection is assumed to be a new page. */
  seriesProbes: 13,
  /** Duration of a connection. API Gateway ends it after two hours, and the page renews it a little earlier. */
  connectionMinutes: 105,
  /** Average billed duration of an invocation, cold starts included. */
  connectSeconds: 0.1,
  disconnectSeconds: 0.05,
  messageSeconds: 0.01,
  /** Billed duration of a runner that reads the relay and leaves. A guard's runner usually does. The schedule's runner
   *  does if runners sleep between ticks. */
  shortRunSeconds: 0.05,
  /** Time from the boundary until the runner of a tick returns, if runners sleep between ticks. With 10 viewers it
   *  mostly waits for the last post. With more viewers, monthly-cost.ts adds the time of the paced posts. */
  sendSeconds: 0.1,
  /** Posts per second of all shards together, in a region with the larger quota (lib/quotas.ts). */
  postsPerSecond: 8_000,
  /** Log of one invocation of a function, as CloudWatch bills it: with Lambda's own three lines, and 26 bytes more per
   *  line. */
  connectLogBytes: 800,
  disconnectLogBytes: 700,
  messageLogBytes: 400,
  /** Log of one runner: Lambda's lines, its arrival, its end, and the lateness of the message that started it. */
  runLogBytes: 1_600,
  /** Log line with all measurements of a runner. */
  recordLogBytes: 900,
  /** SQS requests of Lambda for one message: a receive, a delete, and a receive that finds no message. */
  requestsPerMessage: 3,
  /** Size of a viewer's row with an id as the page creates it and an IPv6 address, and of the row of a layout. */
  connectionRowBytes: 170,
  layoutRowBytes: 64,
  /** Overhead of each message: the header of the WebSocket frame and the TLS record. */
  frameOverheadBytes: 26,
} as const;

/** Billed resources of the stack. Their numbers do not depend on the viewers. test/lib/cost.test.ts counts dashboards,
 *  alarms and secrets in the template. */
export const STACK = {
  /** Metrics that the broadcast function of a shard writes all the time: those of emf-metrics.ts without `ClockErrors`.
   *  CloudWatch bills a metric for the hours in which it is written. */
  metricsPerShard: 7,
  dashboards: 1,
  /** Metrics in alarms: one in each alarm. */
  alarmMetrics: 10,
  alarmMetricsPerShard: 4,
  wakeQueuesPerShard: 1,
  secrets: 1,
} as const;
