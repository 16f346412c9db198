// Measures the frames of a WebSocket stream (RFC 6455, section 5.2), because `ws` limits only messages.

const FINAL = 0x80;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;
const MASKING_KEY_BYTES = 4;

const NOTHING = Buffer.alloc(0);

export class FrameMeter {
  readonly #maxBytes: number;
  /** The start of a frame header whose rest has not arrived yet. */
  #rest = NOTHING;
  /** Bytes of the current frame's payload that have not arrived yet. */
  #left = 0;
  #messages = 0;
  #isExceeded = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Number of messages whose last frame has begun before the first frame that is too large. */
  get messages(): number {
    return this.#messages;
  }

  /** Measures the next chunk of the stream. @returns false from the first frame on whose payload is too large */
  admits(piece: Buffer): boolean {
    if (this.#isExceeded) return false;
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    this.#rest = NOTHING;
    let at = 0;
    while (at < bytes.length) {
      const step = Math.min(this.#left, bytes.length - at);
      this.#left -= step;
      at += step;
      if (at === bytes.length) break;
      const headBytes = headBytesOf(bytes, at);
      if (headBytes === undefined || at + headBytes > bytes.length) {
        // Copy it, because `ws` unmasks the chunk in place.
        this.#rest = Buffer.from(bytes.subarray(at));
        break;
      }
      this.#left = payloadBytesOf(bytes, at);
      this.#isExceeded = this.#left > this.#maxBytes;
      if (this.#isExceeded) return false;
      if (endsMessage(bytes, at)) this.#messages++;
      at += headBytes;
    }
    return true;
  }
}

/** @returns undefined while the header is incomplete */
function headBytesOf(bytes: Buffer, at: number): number | undefined {
  const second = bytes[at + 1];
  if (second === undefined) return undefined;
  const lengthBytes = { [LENGTH_IN_2_BYTES]: 2, [LENGTH_IN_8_BYTES]: 8 }[second & LENGTH] ?? 0;
  return 2 + lengthBytes + (second & MASKED ? MASKING_KEY_BYTES : 0);
}

function endsMessage(bytes: Buffer, at: number): boolean {
  const first = bytes[at] ?? 0;
  return (first & FINAL) !== 0 && (first & CONTROL) === 0;
}

function payloadBytesOf(bytes: Buffer, at: number): number {
  const length = (bytes[at + 1] ?? 0) & LENGTH;
  if (length === LENGTH_IN_2_BYTES) return bytes.readUInt16BE(at + 2);
  if (length === LENGTH_IN_8_BYTES) return Number(bytes.readBigUInt64BE(at + 2));
  return length;
}
