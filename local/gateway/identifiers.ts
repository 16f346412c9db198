// Identifiers in API Gateway's form: 11 bytes in URL-safe base64, so 16 characters that end in one `=`. AWS documents
// them as opaque; this is what recorded events show.

import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn a block at a time: a draw costs the same for eleven as for thousands. None is used twice. */
const BLOCK_BYTES = 8_192;
const block = Buffer.alloc(BLOCK_BYTES);
let used = BLOCK_BYTES;

/** Makes a connection id, request id or message id. */
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
