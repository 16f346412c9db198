// The monthly cost: the quantities that a deployment uses, multiplied by the prices of prices.ts. relay-use.ts counts
// what the runners use.

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
import { type RelayUse, relayUse } from './relay-use.ts';

/** 30 days. */
export const MONTH_SECONDS = 30 * 24 * 60 * 60;
const MONTH_MINUTES = MONTH_SECONDS / 60;

const READ_UNIT_BYTES = 4_096;

export interface Usage {
  /** Viewers that are connected for the whole month. */
  readonly viewers: number;
  /** Seconds from one tick to the next: 1 to 60. */
  readonly intervalSeconds: number;
  /** Number of runners that share the viewers: 1, 2, 4, 8 or 16. @default 1 */
  readonly shards?: number;
  /** Memory of the broadcast function in MiB. @default 512 */
  readonly broadcastMemorySize?: number;
  /** Memory of each other function in MiB. @default 256 */
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
  /** Unit of the quantity, such as `GB`; empty for a plain count. */
  readonly unit: string;
  readonly usd: number;
}

export interface MonthlyCost {
  readonly items: readonly CostItem[];
  readonly totalUsd: number;
}

/** Leaves out the page's files, storage, failed requests and unwanted traffic.
 *  @returns the cost of 30 days in US dollars, before free tiers */
export function monthlyCost(usage: Usage): MonthlyCost {
  const { viewers, intervalSeconds, shards, broadcastMemorySize, handlerMemorySize, site } = { ...DEFAULTS, ...usage };
  const ticks = MONTH_SECONDS / intervalSeconds;
  const connections = (viewers * MONTH_MINUTES) / ASSUMPTIONS.connectionMinutes;
  const probes = (viewers * MONTH_SECONDS) / probeGapSeconds(intervalSeconds) + connections * ASSUMPTIONS.seriesProbes;
  const bytes = viewers * ticks * (tickBytes(intervalSeconds) + ASSUMPTIONS.frameOverheadBytes);
  const sendSeconds = ASSUMPTIONS.sendSeconds + viewers / ASSUMPTIONS.postsPerSecond;
  const relay = relayUse(intervalSeconds, shards, connections / MONTH_MINUTES, sendSeconds);
  const items: CostItem[] = [
    ...gatewayItems(viewers, viewers * ticks, 2 * probes),
    ...lambdaItems({ relay, connections, probes, broadcastMemorySize, handlerMemorySize }),
    ...tableItems(relay, viewers, connections),
    ...queueItems(relay, shards),
    itemOf('EventBridge', 'invocations', MONTH_MINUTES * shards, PRICES.schedulerInvocation),
    ...monitoringItems({ relay, connections, probes, shards }),
    ...(site
      ? siteItems(bytes, connections)
      : [itemOf('Data transfer', 'to viewers', bytes / 1e9, PRICES.dataGigabyte, 'GB')]),
  ].filter(({ quantity }) => quantity > 0);
  return { items, totalUsd: items.reduce((sum, { usd }) => sum + usd, 0) };
}

/** @returns seconds from one clock probe of a page to the next */
export function probeGapSeconds(intervalSeconds: number): number {
  return Math.max(ASSUMPTIONS.probeGapSeconds, ASSUMPTIONS.probeGapIntervals * intervalSeconds);
}

/** API Gateway bills messages in both directions, per 32 KB or part of it. The first thousand million cost more; ticks
 *  and probes share them in proportion. */
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

function lambdaItems(
  use: Pick<Required<Usage>, 'broadcastMemorySize' | 'handlerMemorySize'> & {
    relay: RelayUse;
    connections: number;
    probes: number;
  },
): CostItem[] {
  const { connectSeconds, disconnectSeconds, messageSeconds } = ASSUMPTIONS;
  const seconds = use.connections * (connectSeconds + disconnectSeconds) + use.probes * messageSeconds;
  const requests = MONTH_MINUTES * use.relay.invocations + 2 * use.connections + use.probes;
  const perSecond = PRICES.lambdaGigabyteSecond;
  const broadcast = MONTH_MINUTES * use.relay.billedSeconds * gigabytes(use.broadcastMemorySize);
  return [
    itemOf('Lambda', 'broadcast', broadcast, perSecond, 'GB-s'),
    itemOf('Lambda', 'connect, disconnect, message', seconds * gigabytes(use.handlerMemorySize), perSecond, 'GB-s'),
    itemOf('Lambda', 'requests', requests, PRICES.lambdaRequest),
  ];
}

/** `$connect` writes the viewer's row and counts it in the relay item; `$disconnect` removes the row. */
function tableItems(relay: RelayUse, viewers: number, connections: number): CostItem[] {
  return [
    itemOf('DynamoDB', 'claims, write units', relay.writes * MONTH_MINUTES, PRICES.tableWriteUnit),
    itemOf('DynamoDB', 'relay, read units', relay.reads * MONTH_MINUTES, PRICES.tableReadUnit),
    itemOf(
      'DynamoDB',
      'roster, read units',
      relay.queries * unitsPerQuery(viewers) * MONTH_MINUTES,
      PRICES.tableReadUnit,
    ),
    itemOf('DynamoDB', 'connections, write units', 3 * connections, PRICES.tableWriteUnit),
  ];
}

/** @returns the read units of one query. A strongly consistent read costs one unit per 4 KB or part of it. */
function unitsPerQuery(viewers: number): number {
  const { connectionRowBytes, layoutRowBytes } = ASSUMPTIONS;
  const partitionBytes = (viewers / PARTITION_COUNT) * connectionRowBytes + layoutRowBytes;
  return Math.ceil(partitionBytes / READ_UNIT_BYTES);
}

/** Lambda polls a queue with five requests at a time, or with fewer when few messages come. Each request waits 20
 *  seconds for a message.
 *  https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html (the 20 seconds: copies) */
const POLLS_PER_MINUTE = 5 * 3;

function queueItems(relay: RelayUse, shards: number): CostItem[] {
  const requests = relay.sends + relay.messages * ASSUMPTIONS.requestsPerMessage;
  const polls = POLLS_PER_MINUTE * STACK.wakeQueuesPerShard * shards;
  return [
    itemOf('SQS', 'messages, requests', requests * MONTH_MINUTES, PRICES.queueRequest),
    itemOf('SQS', 'polling, requests', polls * MONTH_MINUTES, PRICES.queueRequest),
  ];
}

function monitoringItems(use: { relay: RelayUse; connections: number; probes: number; shards: number }): CostItem[] {
  const { connectLogBytes, disconnectLogBytes, messageLogBytes, runLogBytes, recordLogBytes } = ASSUMPTIONS;
  const logBytes =
    MONTH_MINUTES * (use.relay.invocations * runLogBytes + use.relay.records * recordLogBytes) +
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

/** CloudFront bills messages to viewers as data transferred out, and each handshake as one request.
 *  https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CloudFrontPricing.html */
function siteItems(bytes: number, connections: number): CostItem[] {
  return [
    itemOf('CloudFront', 'data to viewers', bytes / 1e9, PRICES.cdnGigabyte, 'GB'),
    itemOf('CloudFront', 'handshakes', connections, PRICES.cdnRequest),
    itemOf('Secrets Manager', 'secrets', STACK.secrets, PRICES.secret),
  ];
}

/** @returns the length of a tick's text. For some intervals it grows by one byte within this century. */
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
