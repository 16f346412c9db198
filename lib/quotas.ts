// How the clock divides API Gateway's quota of requests in one region. Ticks, handshakes and messages use the same
// token bucket, together with all other APIs of the account.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

import { ASSUMPTIONS } from '../cost/assumptions.ts';
import { MAX_INTERVAL_SECONDS } from '../protocol/limits.ts';
import { sendWindowMillis } from '../protocol/tick.ts';
import type { SocketThrottle } from './throttle.ts';

export interface RequestQuota {
  readonly requestsPerSecond: number;
  /** Size of the token bucket. AWS derives it from the rate. Half of the rate is unconfirmed for a raised quota. */
  readonly burst: number;
}

const DEFAULT_REQUESTS_PER_SECOND = 10_000;

/** Default in the regions below. */
const SMALLER_REQUESTS_PER_SECOND = 2_500;
const SMALLER_REGIONS: ReadonlySet<string> = new Set([
  'af-south-1',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
]);

/** Share of the quota for ticks. The rest is for handshakes and messages (throttle.ts), and for other APIs of the
 *  account. */
const TICKS_PERCENT = 80;

/** @param region name of a region, or a token that is known at deployment only, which counts as a large region
 *  @param requestsPerSecond the account's quota, if it differs from the default of its region */
export function quotaOf(region: string, requestsPerSecond?: number): RequestQuota {
  const ofRegion = SMALLER_REGIONS.has(region) ? SMALLER_REQUESTS_PER_SECOND : DEFAULT_REQUESTS_PER_SECOND;
  const rate = requestsPerSecond ?? ofRegion;
  return { requestsPerSecond: rate, burst: Math.ceil(rate / 2) };
}

/** @returns posts a second of one runner */
export function postsPerSecond({ requestsPerSecond }: RequestQuota, shards: number): number {
  return Math.max(1, Math.floor((TICKS_PERCENT * requestsPerSecond) / 100 / shards));
}

/** @returns viewers of all shards who get each tick within its send window */
export function viewersThatFit(quota: RequestQuota, intervalSeconds: number, shards: number): number {
  return Math.floor(shards * postsPerSecond(quota, shards) * windowSeconds(intervalSeconds));
}

/** @returns undefined if the quota is enough; otherwise the possible changes with their numbers */
export function quotaWarning(
  { maxViewers, intervalSeconds, shards }: { maxViewers: number; intervalSeconds: number; shards: number },
  quota: RequestQuota,
): string | undefined {
  const most = viewersThatFit(quota, intervalSeconds, shards);
  if (maxViewers <= most) return undefined;
  const ofRunner = Math.ceil(maxViewers / windowSeconds(intervalSeconds) / shards);
  const needed = Math.ceil((ofRunner * shards * 100) / TICKS_PERCENT);
  const intervals = Array.from({ length: MAX_INTERVAL_SECONDS }, (_, index) => index + 1);
  const interval = intervals.find((seconds) => viewersThatFit(quota, seconds, shards) >= maxViewers);
  return [
    `maxViewers is ${maxViewers}, but at one tick in ${intervalSeconds} s the quota is enough for ${most} viewers:`,
    `it is ${quota.requestsPerSecond} requests a second, ${TICKS_PERCENT} % of it for ticks.`,
    `Lower maxViewers to ${most},`,
    interval === undefined ? '' : `set interval to ${interval} or more,`,
    `or have AWS raise the quota to ${needed} requests a second and set requestQuota to it.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** A leader, its successor and a guard. */
const RUNNERS_PER_SHARD = 3;

/** Does not include the bursts that the throttle admits.
 *  @param throttle handshakes and messages a second that the API admits, see throttle.ts
 *  @returns concurrent Lambda executions at those rates; a new account has 10 or 50 for all its functions */
export function concurrentExecutions(shards: number, { connects, messages }: SocketThrottle): number {
  const { connectSeconds, disconnectSeconds, messageSeconds } = ASSUMPTIONS;
  const handshakes = (connects.rateLimit ?? 0) * (connectSeconds + disconnectSeconds);
  return Math.ceil(RUNNERS_PER_SHARD * shards + handshakes + (messages.rateLimit ?? 0) * messageSeconds);
}

function windowSeconds(intervalSeconds: number): number {
  return sendWindowMillis(intervalSeconds * 1000) / 1000;
}
