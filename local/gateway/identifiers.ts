// Identifiers in the form of API Gateway: 11 bytes in URL-safe base64, which are 16 characters that end with one `=`.
// AWS documents them as opaque. The form is from recorded events.

import { randomFillSync } from 'node:crypto';

/** Random bytes are requested in blocks, because a request costs the same for eleven bytes as for thousands. No byte is
 *  used twice. */
const BLOCK_BYTES = 8_192;
const block = Buffer.alloc(BLOCK_BYTES);
let used = BLOCK_BYTES;

/** Creates a connection id, request id or message id. */
export function makeGatewayId(): string {
  return `${randomText(11, 'base64url')}=`;
}

export function isGatewayId(text: string): boolean {
  return /^[A-Za-z0-9_-]{15}=$/.test(text);
}

/** @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traceids */
export function makeTraceId(nowMillis: number): string {
  return `Root=1-${Math.floor(nowMillis / 1000).toString(16)}-${randomText(12, 'hex')}`;
}

function randomText(bytes: number, encoding: 'base64url' | 'hex'): string {
  if (used + bytes > BLOCK_BYTES) {
    randomFillSync(block);
    used = 0;
  }
  used += bytes;
  return block.toString(encoding, used - bytes, used);
}
