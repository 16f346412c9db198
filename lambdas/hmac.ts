// HMAC with SHA-256 (RFC 2104) under a key that is used often, for the fan-out that signs and for the stand-in that checks.
// Two one-shot hashes: node:crypto's Hmac is an object with a native part for each text, which costs more to make and to
// collect than both hashes, and still more where several threads make them.

import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export class Hmac {
  readonly #innerKey = Buffer.alloc(BLOCK_BYTES, INNER_PAD);
  /** Behind the key is room for the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, OUTER_PAD);

  /** @param key one hash or shorter */
  constructor(key: Buffer) {
    if (key.length > HASH_BYTES) throw new RangeError(`a key of ${key.length} bytes is too long`);
    for (const [index, byte] of key.entries()) {
      this.#innerKey[index] = byte ^ INNER_PAD;
      this.#outer[index] = byte ^ OUTER_PAD;
    }
  }

  /** @returns hexadecimal digits */
  sign(text: string): string {
    const innerHash = hash('sha256', Buffer.concat([this.#innerKey, Buffer.from(text)]));
    this.#outer.write(innerHash, BLOCK_BYTES, 'hex');
    return hash('sha256', this.#outer);
  }
}
