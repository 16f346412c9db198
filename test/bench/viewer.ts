// A WebSocket client that does next to nothing (RFC 6455): thousands of them must take less of the machine than the
// server that is measured. It makes the handshake, and tells each text's bytes; it never sends, not even a pong.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export interface ViewerOptions {
  readonly host: string;
  readonly port: number;
  /** Gets each text frame: where it lies in the bytes, valid until it returns. */
  text(bytes: Buffer, start: number, end: number): void;
  /** The connection has ended after it was open. */
  ended(): void;
}

const END_OF_HEAD = '\r\n\r\n';
const TEXT_FRAME = 0x81;

/** One for all sockets of the process: what has been read is done with before the next is read. */
const readBuffer = Buffer.allocUnsafeSlow(65_536);

/** Resolves when the handshake is done. @throws when it is refused */
export function openViewer({ host, port, text, ended }: ViewerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOpen = false;
  /** Bytes of a frame, or of the answer to the handshake, whose rest has not come. */
  let rest: Buffer | undefined;

  function read(length: number, buffer: Uint8Array): boolean {
    const chunk = buffer === readBuffer ? readBuffer.subarray(0, length) : Buffer.from(buffer.subarray(0, length));
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const start = isOpen ? 0 : readHead(bytes);
    const done = isOpen ? readFrames(bytes, start) : start;
    rest = done < bytes.length ? Buffer.from(bytes.subarray(done)) : undefined;
    return true;
  }

  /** @returns how much of it is done with */
  function readHead(bytes: Buffer): number {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) return 0;
    const status = bytes.toString('latin1', 9, 12);
    if (status !== '101') {
      reject(new Error(`the handshake was refused with ${status}`));
      return bytes.length;
    }
    isOpen = true;
    resolve();
    return readFrames(bytes, end + END_OF_HEAD.length);
  }

  /** @returns where the first frame that is not complete begins */
  function readFrames(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length >= at + 2) {
      const shortLength = bytes[at + 1] ?? 0;
      const start = at + (shortLength < 126 ? 2 : 4);
      if (bytes.length < start) break;
      const end = start + (shortLength < 126 ? shortLength : bytes.readUInt16BE(at + 2));
      if (bytes.length < end) break;
      if (bytes[at] === TEXT_FRAME) text(bytes, start, end);
      at = end;
    }
    return at;
  }

  const socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback: read } });
  socket.on('error', reject);
  socket.on('close', () => {
    if (isOpen) ended();
    else reject(new Error('the connection was closed in the handshake'));
  });
  socket.write(
    `GET /websocket?id=bench HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  return promise;
}
