// How many handshakes and messages a second the API takes, all viewers together. What is beyond is answered with 429 before
// any function runs.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html

import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';

export interface SocketThrottle {
  readonly connects: ThrottleSettings;
  readonly messages: ThrottleSettings;
}

/** New connections a second that AWS gives an account when it asks for no more. */
const ACCOUNT_CONNECTS_PER_SECOND = 500;
/** What an account can take at once; the rate is 10,000 a second, and the fan-out's posts need most of it. */
const ACCOUNT_BURST = 5_000;

/** All viewers may come back at once, and say ten things each; after that a tenth of them a second may come, and a fifth
 *  of them say something. Never so few handshakes that one machine's would keep out everybody with little effort: they are
 *  counted before anybody knows whose they are. */
export function throttleFor(maxViewers: number): SocketThrottle {
  return {
    connects: {
      rateLimit: clamp(maxViewers / 10, 50, ACCOUNT_CONNECTS_PER_SECOND),
      burstLimit: clamp(maxViewers, 100, ACCOUNT_CONNECTS_PER_SECOND),
    },
    messages: {
      rateLimit: clamp(maxViewers / 5, 20, ACCOUNT_BURST),
      burstLimit: clamp(maxViewers * 10, 200, ACCOUNT_BURST),
    },
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, Math.ceil(value)));
}
