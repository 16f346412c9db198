// What a month costs: as many of everything as the code uses, at the prices of prices.ts. Pure. The counts of the relay are
// held against the relay itself, on simulated time, in test/cost/monthly-cost.test.ts.

import {
  DEFAULT_BROADCAST_MEMORY,
  DEFAULT_HANDLER_MEMORY,
  DEFAULT_SHARDS,
  PARTITION_COUNT,
} from '../protocol/limits.ts';
import { tickFormatter } from '../protocol/messages.ts';
import { boundaryMillis } from '../protocol/tick.ts';
import { ASSUMPTIONS, STACK } from './assumptions.ts';
import { PRICES } from './prices.ts';

/** 30 days. */
export const MONTH_SECONDS = 30 * 24 * 60 * 60;
const MONTH_MINUTES = MONTH_SECONDS / 60;

const READ_UNIT_BYTES = 4_096;

export interface Usage {
  /** Connected for the whole month. */
  readonly viewers: number;
  /** From one tick to the next: 1 to 60. */
  readonly intervalSeconds: number;
  /** Runners that share the viewers: 1, 2, 4, 8 or 16. @default 1 */
  readonly shards?: number;
  /** Of the function that sends the ticks, in MiB. @default 512 */
  readonly broadcastMemorySize?: number;
  /** Of the other functions, in MiB. @default 256 */
  readonly handlerMemorySize?: number;
  /** Whether the stack has CloudFront in front. @default true */
  readonly site?: boolean;
}

const DEFAULTS = {
  shards: DEFAULT_SHARDS,
  site: true,
  broadcastMemorySize: DEFAULT_BROADCAST_MEMORY,
  handlerMemorySize: DEFAULT_HANDLER_MEMORY,
};

export interface CostItem {
  readonly service: string;
  readonly what: string;
  readonly quantity: number;
  /** Of the quantity, such as `GB`; empty for a plain count. */
  readonly unit: string;
  readonly usd: number;
}

export interface MonthlyCost {
  readonly items: readonly CostItem[];
  readonly totalUsd: number;
}

/** @returns the bill of 30 days in US dollars, before free tiers. The page's few kilobytes, storage and requests that fail are
 *  left out; so is what attackers send. */
export function monthlyCost(usage: Usage): MonthlyCost {
  const { viewers, intervalSeconds, shards, broadcastMemorySize, handlerMemorySize, site } = { ...DEFAULTS, ...usage };
  const ticks = MONTH_SECONDS / intervalSeconds;
  const connections = (viewers * MONTH_MINUTES) / ASSUMPTIONS.connectionMinutes;
  const probes = (viewers * MONTH_SECONDS) / probeGapSeconds(intervalSeconds) + connections * ASSUMPTIONS.seriesProbes;
  const bytes = viewers * ticks * (tickBytes(intervalSeconds) + ASSUMPTIONS.frameOverheadBytes);
  const items: CostItem[] = [
    ...gatewayItems(viewers, viewers * ticks, 2 * probes),
    ...lambdaItems({ connections, probes, intervalSeconds, shards, broadcastMemorySize, handlerMemorySize }),
    ...tableItems(relayUse({ viewers, intervalSeconds, shards }), connections),
    itemOf('EventBridge', 'invocations', MONTH_MINUTES * shards, PRICES.schedulerInvocation),
    ...watchItems({ connections, probes, shards }),
    ...(site
      ? siteItems(bytes, connections)
      : [itemOf('Data transfer', 'to viewers', bytes / 1e9, PRICES.dataGigabyte, 'GB')]),
  ].filter(({ quantity }) => quantity > 0);
  return { items, totalUsd: items.reduce((sum, { usd }) => sum + usd, 0) };
}

/** From one clock probe of a page to the next. */
export function probeGapSeconds(intervalSeconds: number): number {
  return Math.max(ASSUMPTIONS.probeGapSeconds, ASSUMPTIONS.probeGapIntervals * intervalSeconds);
}

/** A message is billed by 32 KB begun, whoever sends it. Ticks and probes share the first, dearer thousand million. */
function gatewayItems(viewers: number, ticks: number, probeMessages: number): CostItem[] {
  const { first, firstCount, beyond } = PRICES.gatewayMessage;
  const messages = ticks + probeMessages;
  const usd = first * Math.min(messages, firstCount) + beyond * Math.max(0, messages - firstCount);
  const shareOf = (count: number) => (messages === 0 ? 0 : (usd * count) / messages);
  const service = 'API Gateway';
  return [
    { service, what: 'ticks', quantity: ticks, unit: '', usd: shareOf(ticks) },
    { service, what: 'sync probes and answers', quantity: probeMessages, unit: '', usd: shareOf(probeMessages) },
    itemOf(service, 'connection minutes', viewers * MONTH_MINUTES, PRICES.gatewayConnectionMinute),
  ];
}

/** Of all shards. A runner comes each minute, stands by until the next one comes and leads until the one after. It is relieved by
 *  the loss of a claim, for which it waits up to two intervals more. */
function runnerSeconds(intervalSeconds: number, shards: number): number {
  return shards * MONTH_MINUTES * (2 * 60 + 2 * intervalSeconds);
}

function lambdaItems(
  use: Required<Omit<Usage, 'viewers' | 'site'>> & { connections: number; probes: number },
): CostItem[] {
  const { connectSeconds, disconnectSeconds, messageSeconds } = ASSUMPTIONS;
  const seconds = use.connections * (connectSeconds + disconnectSeconds) + use.probes * messageSeconds;
  const requests = MONTH_MINUTES * use.shards + 2 * use.connections + use.probes;
  const perSecond = PRICES.lambdaGigabyteSecond;
  const broadcast = runnerSeconds(use.intervalSeconds, use.shards) * gigabytes(use.broadcastMemorySize);
  return [
    itemOf('Lambda', 'broadcast, leader and stand-by', broadcast, perSecond, 'GB-s'),
    itemOf('Lambda', 'connect, disconnect, message', seconds * gigabytes(use.handlerMemorySize), perSecond, 'GB-s'),
    itemOf('Lambda', 'requests', requests, PRICES.lambdaRequest),
  ];
}

/** What the runners of all shards ask of the table in a minute of {@link MONTH_MINUTES}. */
export interface RelayUse {
  /** Conditional writes of the relay item, won or lost: one unit each. */
  readonly writesPerMinute: number;
  /** Queries, one for each partition. */
  readonly queriesPerMinute: number;
  readonly unitsPerQuery: number;
}

/** Each tick the leader claims, the stand-by says that it is there, and the leader reads its share of the partitions. With each
 *  hand-over come one arrival, one word of a stand-by that has been relieved, two claims that are lost, and two more rosters. */
export function relayUse({ viewers, intervalSeconds, shards = 1 }: Usage): RelayUse {
  const ticksPerMinute = 60 / intervalSeconds;
  const { connectionRowBytes, layoutRowBytes } = ASSUMPTIONS;
  const partitionBytes = (viewers / PARTITION_COUNT) * connectionRowBytes + layoutRowBytes;
  return {
    writesPerMinute: shards * (2 * ticksPerMinute + 4),
    // Whatever the shards, together they have all partitions.
    queriesPerMinute: PARTITION_COUNT * (ticksPerMinute + 2),
    // Eventually consistent: half a unit for each 4 KB begun.
    unitsPerQuery: Math.ceil(partitionBytes / READ_UNIT_BYTES) / 2,
  };
}

/** `$connect` writes the viewer's row and reads the relay, strongly consistent; `$disconnect` removes the row. */
function tableItems(use: RelayUse, connections: number): CostItem[] {
  const queries = use.queriesPerMinute * MONTH_MINUTES;
  return [
    itemOf('DynamoDB', 'claims, write units', use.writesPerMinute * MONTH_MINUTES, PRICES.tableWriteUnit),
    itemOf('DynamoDB', 'roster, read units', queries * use.unitsPerQuery, PRICES.tableReadUnit),
    itemOf('DynamoDB', 'connections, write units', 2 * connections, PRICES.tableWriteUnit),
    itemOf('DynamoDB', 'connections, read units', connections, PRICES.tableReadUnit),
  ];
}

function watchItems(use: { connections: number; probes: number; shards: number }): CostItem[] {
  const { connectLogBytes, disconnectLogBytes, messageLogBytes, runnerLogBytes } = ASSUMPTIONS;
  const logBytes =
    MONTH_MINUTES * use.shards * runnerLogBytes +
    use.connections * (connectLogBytes + disconnectLogBytes) +
    use.probes * messageLogBytes;
  return [
    itemOf('CloudWatch', 'logs', logBytes / 1e9, PRICES.logGigabyte, 'GB'),
    itemOf('CloudWatch', 'metrics', STACK.metricsPerShard * use.shards, PRICES.customMetric),
    itemOf('CloudWatch', 'dashboards', STACK.dashboards, PRICES.dashboard),
    itemOf(
      'CloudWatch',
      'metrics in alarms',
      STACK.alarmMetrics + STACK.alarmMetricsPerShard * use.shards,
      PRICES.alarmMetric,
    ),
  ];
}

/** Messages to viewers count as data transferred out; one handshake is one request.
 *  https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CloudFrontPricing.html */
function siteItems(bytes: number, connections: number): CostItem[] {
  return [
    itemOf('CloudFront', 'data to viewers', bytes / 1e9, PRICES.cdnGigabyte, 'GB'),
    itemOf('CloudFront', 'handshakes', connections, PRICES.cdnRequest),
    itemOf('Secrets Manager', 'secrets', STACK.secrets, PRICES.secret),
  ];
}

/** Of the text of a tick: any moment of this century is as long. */
function tickBytes(intervalSeconds: number): number {
  const intervalMillis = intervalSeconds * 1000;
  const sequence = Math.floor(Date.UTC(2026) / intervalMillis);
  return tickFormatter(sequence, intervalMillis)(boundaryMillis(sequence, intervalMillis)).length;
}

function gigabytes(mebibytes: number): number {
  return mebibytes / 1024;
}

function itemOf(service: string, what: string, quantity: number, price: number, unit = ''): CostItem {
  return { service, what, quantity, unit, usd: quantity * price };
}
