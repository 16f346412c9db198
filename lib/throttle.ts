// How many handshakes and messages a second the API takes, all viewers together. What is beyond is answered with 429 before
// any function runs.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html

import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { RequestQuota } from './quotas.ts';

export interface SocketThrottle {
  readonly connects: ThrottleSettings;
  readonly messages: ThrottleSettings;
}

/** New connections a second that AWS gives an account when it asks for no more. */
const ACCOUNT_CONNECTS_PER_SECOND = 500;

/** Shares of the account's requests a second. Ticks have the rest, see quotas.ts. */
const CONNECTS_SHARE = 0.05;
const MESSAGES_SHARE = 0.15;

/** All viewers may come back at once, and say ten things each; after that a tenth of them a second may come, and a fifth
 *  of them say something. Never so few handshakes that one machine's would keep out everybody with little effort: they are
 *  counted before anybody knows whose they are. */
export function throttleFor(maxViewers: number, { requestsPerSecond, burst }: RequestQuota): SocketThrottle {
  return {
    connects: {
      rateLimit: clamp(maxViewers / 10, 50, Math.min(ACCOUNT_CONNECTS_PER_SECOND, CONNECTS_SHARE * requestsPerSecond)),
      burstLimit: clamp(maxViewers, 100, Math.min(ACCOUNT_CONNECTS_PER_SECOND, burst)),
    },
    messages: {
      rateLimit: clamp(maxViewers / 5, 20, MESSAGES_SHARE * requestsPerSecond),
      burstLimit: clamp(maxViewers * 10, 200, burst),
    },
  };
}

/** A minimum above the maximum wins. */
function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.ceil(Math.min(max, value)));
}
