// What a month's cost is reckoned from beside the prices: what nobody has counted, and what the stack has.

/** What is assumed and not counted. Nothing of it was measured on AWS. */
export const ASSUMPTIONS = {
  /** Between two clock probes of a page, each a message, an invocation and an answer: the longer of the two. Counted for a round trip
   *  of 30 ms; a local network needs fewer, 100 ms one a minute. */
  probeGapSeconds: 125,
  probeGapIntervals: 15,
  /** Additional probes of a new page. Assumed: one page per connection. */
  seriesProbes: 13,
  /** API Gateway ends a connection after two hours; whoever renews it does so a little earlier. */
  connectionMinutes: 105,
  /** Billed durations, cold starts spread over all. */
  connectSeconds: 0.1,
  disconnectSeconds: 0.05,
  messageSeconds: 0.01,
  /** Billed duration of a run that reads the relay and leaves: a guard, or the schedule's runner where runners sleep. */
  shortRunSeconds: 0.05,
  /** From the boundary until the runner of a tick returns, where runners sleep: at 10 viewers most of it waits for the last post.
   *  With more viewers the paced posts take time as well. */
  sendSeconds: 0.1,
  /** Of all shards together, in a region with the larger quota (lib/quotas.ts). */
  postsPerSecond: 8_000,
  /** What a function logs in one invocation, with Lambda's own three lines. CloudWatch bills 26 bytes a line beside its text. */
  connectLogBytes: 800,
  disconnectLogBytes: 700,
  messageLogBytes: 400,
  /** A runner's arrival, its end, and the lateness of the message that started it. */
  runLogBytes: 1_600,
  /** A record of all measurements. */
  recordLogBytes: 900,
  /** Requests by which Lambda takes a message from a queue: a receive, a delete, and a receive that finds nothing. */
  requestsPerMessage: 3,
  /** One row of a viewer with the page's own id and an IPv6 address, and the row of a layout. */
  connectionRowBytes: 170,
  layoutRowBytes: 64,
  /** Around each message: the WebSocket frame's header and a TLS record. */
  frameOverheadBytes: 26,
} as const;

/** What the stack has, however many watch. test/lib/cost.test.ts counts it in the template. */
export const STACK = {
  /** Of each shard: the names of emf-metrics.ts, without `ClockErrors`. CloudWatch bills a metric for the hours in which it comes. */
  metricsPerShard: 7,
  dashboards: 1,
  /** One in each alarm. */
  alarmMetrics: 10,
  alarmMetricsPerShard: 4,
  wakeQueuesPerShard: 1,
  secrets: 1,
} as const;
