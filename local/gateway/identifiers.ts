// Identifiers in API Gateway's form: 11 bytes in URL-safe base64, so 16 characters that end in one `=`. AWS documents
// them as opaque; this is what recorded events show.

import { randomBytes } from 'node:crypto';

/** Makes a connection id, request id or message id. */
export function makeGatewayId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

export function isGatewayId(text: string): boolean {
  return /^[A-Za-z0-9_-]{15}=$/.test(text);
}

/** @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traceids */
export function makeTraceId(nowMillis: number): string {
  return `Root=1-${Math.floor(nowMillis / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
}
