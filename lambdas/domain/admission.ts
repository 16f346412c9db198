// Who may connect. Pure: the `$connect` handler asks before it writes anything.

export interface ConnectRequest {
  /** The `Origin` header. Browsers always send one; other programs need not. */
  readonly origin: string | undefined;
  /** The `id` of the query string. */
  readonly viewerId: string | undefined;
}

export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly statusCode: 400 | 403; readonly reason: string };

export const MAX_VIEWER_ID_LENGTH = 128;

/** A page of a foreign origin is refused (cross-site WebSocket hijacking: CORS does not cover sockets). A request without
 *  `Origin` is no browser's page and is let in: the header can be forged outside browsers, so demanding it would
 *  keep nobody out. */
export function admit(request: ConnectRequest, allowedOrigins: readonly string[]): Admission {
  const { origin, viewerId } = request;
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    return refuse(403, `Origin ${quote(origin)} may not connect; allowed: ${allowedOrigins.join(', ')}`);
  }
  if (viewerId !== undefined && viewerId.length > MAX_VIEWER_ID_LENGTH) {
    return refuse(400, `id must be at most ${MAX_VIEWER_ID_LENGTH} characters, got ${viewerId.length}`);
  }
  if (viewerId !== undefined && /\p{Cc}/u.test(viewerId)) {
    return refuse(400, `id must hold no control characters, got ${quote(viewerId)}`);
  }
  return { admitted: true };
}

function refuse(statusCode: 400 | 403, reason: string): Admission {
  return { admitted: false, statusCode, reason };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
