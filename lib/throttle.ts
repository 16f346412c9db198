// How many handshakes and messages a second the API accepts from all viewers together. API Gateway answers the others
// with 429 and runs no function.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html

import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { RequestQuota } from './quotas.ts';

export interface SocketThrottle {
  readonly connects: ThrottleSettings;
  readonly messages: ThrottleSettings;
}

/** AWS's default quota of new connections a second for an account. */
const ACCOUNT_CONNECTS_PER_SECOND = 500;

/** Shares of the account's requests a second. Ticks get 80 %, see quotas.ts. */
const CONNECTS_SHARE = 0.05;
const MESSAGES_SHARE = 0.15;

/** The bursts allow all viewers to reconnect at once and to send ten messages each. After that, a tenth of the viewers
 *  may connect each second, and a fifth may send a message. The minimum of handshakes keeps a single machine from using
 *  them all up with little effort: API Gateway counts a handshake before anyone can know who sent it. */
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

/** If `min` is above `max`, the result is `min`. */
function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.ceil(Math.min(max, value)));
}
