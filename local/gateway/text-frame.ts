// A WebSocket text frame as a server sends it: whole, unmasked, uncompressed (RFC 6455, section 5.2).

const FINAL_TEXT = 0x81;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/** The greatest length that stands in the second byte itself. */
const MAX_SHORT_BYTES = 125;
const MAX_MEDIUM_BYTES = 0xffff;

/** Head and text in one buffer, for one write. */
export function makeTextFrame(text: string | Buffer): Buffer {
  const data = typeof text === 'string' ? Buffer.from(text) : text;
  const headBytes = headBytesFor(data.length);
  const frame = Buffer.allocUnsafe(headBytes + data.length);
  frame[0] = FINAL_TEXT;
  if (headBytes === 2) {
    frame[1] = data.length;
  } else if (headBytes === 4) {
    frame[1] = LENGTH_IN_2_BYTES;
    frame.writeUInt16BE(data.length, 2);
  } else {
    frame[1] = LENGTH_IN_8_BYTES;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(data.length, 6);
  }
  frame.set(data, headBytes);
  return frame;
}

function headBytesFor(dataBytes: number): number {
  if (dataBytes <= MAX_SHORT_BYTES) return 2;
  return dataBytes <= MAX_MEDIUM_BYTES ? 4 : 10;
}
