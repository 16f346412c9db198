// Who may connect. Pure: connecting.ts asks, first before it writes anything, then when it knows who is there.

import { MAX_VIEWER_ID_LENGTH } from '../../protocol/limits.ts';

export interface ConnectRequest {
  /** Whether it came through the site in front, where there is one; true where there is none. */
  readonly isThroughSite: boolean;
  /** The `Origin` header. Browsers always send one; other programs need not. */
  readonly origin: string | undefined;
  /** The `id` of the query string. */
  readonly viewerId: string | undefined;
  /** The viewer's IP address. */
  readonly address: string;
}

export interface AdmissionRules {
  readonly allowedOrigins: readonly string[];
  /** Whether a request without `Origin` is let in. It is no browser's page, and the header can be forged outside
   *  browsers, so refusing it keeps nobody out who wants to come in. */
  readonly isOriginRequired: boolean;
  readonly maxViewers: number;
  /** Connections from one address; undefined for any number. */
  readonly maxViewersPerAddress: number | undefined;
  /** Among how many shards the viewers are spread; each admits its share. */
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

/** A page of a foreign origin is refused: cross-site WebSocket hijacking, for CORS does not cover sockets. */
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

/** The refusal of a viewer for whom there is no place.
 *  @param crowdedAddress the viewer's, if it holds as many connections as it may */
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
