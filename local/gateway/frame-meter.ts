// Measures the frames of a WebSocket stream as they come (RFC 6455, section 5.2), for `ws` limits messages only.

const MAX_HEAD_BYTES = 14;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

export class FrameMeter {
  readonly #maxBytes: number;
  readonly #head = Buffer.alloc(MAX_HEAD_BYTES);
  #headLength = 0;
  /** Of the present frame's payload, what is still to come. */
  #left = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next piece of the stream. @returns false when a frame begins in it whose payload is too large */
  admits(piece: Buffer): boolean {
    let at = 0;
    while (at < piece.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, piece.length - at);
        this.#left -= step;
        at += step;
        continue;
      }
      this.#head[this.#headLength++] = piece[at++] ?? 0;
      if (this.#headLength < this.#headBytes) continue;
      this.#left = this.#payloadBytes;
      this.#headLength = 0;
      if (this.#left > this.#maxBytes) return false;
    }
    return true;
  }

  get #code(): number {
    return (this.#head[1] ?? 0) & LENGTH;
  }

  /** As far as it is known. */
  get #headBytes(): number {
    if (this.#headLength < 2) return 2;
    const lengthBytes = { [LENGTH_IN_2_BYTES]: 2, [LENGTH_IN_8_BYTES]: 8 }[this.#code] ?? 0;
    return 2 + lengthBytes + ((this.#head[1] ?? 0) & MASKED ? 4 : 0);
  }

  get #payloadBytes(): number {
    if (this.#code === LENGTH_IN_2_BYTES) return this.#head.readUInt16BE(2);
    if (this.#code === LENGTH_IN_8_BYTES) return Number(this.#head.readBigUInt64BE(2));
    return this.#code;
  }
}
