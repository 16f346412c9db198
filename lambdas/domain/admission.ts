// The rules by which a connection is admitted. Pure functions without side effects; connecting.ts calls them.

import { MAX_VIEWER_ID_LENGTH } from '../../protocol/limits.ts';

export interface ConnectRequest {
  /** Whether the request came through the CloudFront site. True if the deployment has no site. */
  readonly isThroughSite: boolean;
  /** The `Origin` header. Browsers always send it. Other programs need not. */
  readonly origin: string | undefined;
  /** The `id` of the query string. */
  readonly viewerId: string | undefined;
  /** The viewer's IP address. */
  readonly address: string;
}

export interface AdmissionRules {
  readonly allowedOrigins: readonly string[];
  /** Whether a request without `Origin` is refused. Such a request does not come from a browser. Programs can forge
   *  the header, so this rule is no protection against them. */
  readonly isOriginRequired: boolean;
  readonly maxViewers: number;
  /** Maximum number of connections per address. Undefined means no limit. */
  readonly maxViewersPerAddress: number | undefined;
  /** Number of shards. Each shard admits an equal share of the viewers. */
  readonly shards: number;
}

export type Admission =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      readonly statusCode: 400 | 403 | 429;
      readonly reason: string;
      /** What the operator can do to admit the viewer. */
      readonly remedy?: string;
    };

/** Checks a request before anything is written. A page of another origin is refused, because CORS does not apply to
 *  WebSockets (cross-site WebSocket hijacking). */
export function admit({ isThroughSite, origin, viewerId }: ConnectRequest, rules: AdmissionRules): Admission {
  const { allowedOrigins, isOriginRequired } = rules;
  if (!isThroughSite) return refuse(403, 'connect through the site, not to the API itself');
  if (origin === undefined && isOriginRequired) {
    return refuse(403, `a request without Origin may not connect; allowed: ${allowedOrigins.join(', ')}`);
  }
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    return {
      ...refuse(403, `Origin ${quote(origin)} may not connect; allowed: ${allowedOrigins.join(', ')}`),
      remedy: `allow it with "npm start -- --allow-origin <origin>", or deployed with "-c allowedOrigins=<origin>"`,
    };
  }
  if (viewerId !== undefined && viewerId.length > MAX_VIEWER_ID_LENGTH) {
    return refuse(400, `id must be at most ${MAX_VIEWER_ID_LENGTH} characters, got ${viewerId.length}`);
  }
  if (viewerId !== undefined && /\p{Cc}/u.test(viewerId)) {
    return refuse(400, `id must hold no control characters, got ${quote(viewerId)}`);
  }
  return { admitted: true };
}

/** Returns the refusal of a viewer for which no place is free.
 *  @param crowdedAddress the viewer's address, if it has reached its limit of connections */
export function refuseFull(rules: AdmissionRules, crowdedAddress?: string): Admission {
  const { maxViewers, maxViewersPerAddress } = rules;
  if (crowdedAddress === undefined) return refuse(429, `all ${maxViewers} places for viewers are taken`);
  return refuse(429, `address ${crowdedAddress} holds as many connections as it may: ${maxViewersPerAddress}`);
}

function refuse(statusCode: 400 | 403 | 429, reason: string) {
  return { admitted: false, statusCode, reason } as const;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
