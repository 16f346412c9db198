// A minimal WebSocket client (RFC 6455). Thousands of these clients must use less CPU than the server that is measured.
// After the handshake it reports the bytes of each text frame. It sends no frames, not even a pong.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export interface ViewerOptions {
  readonly host: string;
  readonly port: number;
  /** Called with each text frame. The payload is `bytes` from `start` to `end`, and is valid only during the call. */
  onText(bytes: Buffer, start: number, end: number): void;
  /** Called when an open connection has closed. */
  onClose(): void;
}

const END_OF_HEAD = '\r\n\r\n';
const TEXT_FRAME = 0x81;

/** All sockets of the process share this buffer, because each chunk is processed before the next one is read. */
const readBuffer = Buffer.allocUnsafeSlow(65_536);

/** Resolves after the handshake. @throws Error if the handshake is refused */
export function openViewer({ host, port, onText, onClose }: ViewerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOpen = false;
  /** Bytes of an incomplete frame or handshake response. */
  let rest: Buffer | undefined;

  function read(length: number, buffer: Uint8Array): boolean {
    const chunk = buffer === readBuffer ? readBuffer.subarray(0, length) : Buffer.from(buffer.subarray(0, length));
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const start = isOpen ? 0 : readHead(bytes);
    const done = isOpen ? readFrames(bytes, start) : start;
    rest = done < bytes.length ? Buffer.from(bytes.subarray(done)) : undefined;
    return true;
  }

  /** @returns number of bytes processed */
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

  /** @returns offset of the first incomplete frame */
  function readFrames(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length >= at + 2) {
      const shortLength = bytes[at + 1] ?? 0;
      const start = at + (shortLength < 126 ? 2 : 4);
      if (bytes.length < start) break;
      const end = start + (shortLength < 126 ? shortLength : bytes.readUInt16BE(at + 2));
      if (bytes.length < end) break;
      if (bytes[at] === TEXT_FRAME) onText(bytes, start, end);
      at = end;
    }
    return at;
  }

  const socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback: read } });
  socket.on('error', reject);
  socket.on('close', () => {
    if (isOpen) onClose();
    else reject(new Error('the connection was closed during the handshake'));
  });
  socket.write(
    `GET /websocket?id=bench HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  return promise;
}
