// Checks the arguments of a close like browsers do, on all platforms:
// https://websockets.spec.whatwg.org/#dom-websocket-close

import { MAX_REASON_BYTES } from '../../../protocol/limits.ts';
import { utf8Length } from './platform.ts';

/** @throws RangeError that names the invalid argument */
export function checkCloseArguments(code: number, reason: string): void {
  if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    throw new RangeError(`the close code must be 1000 or from 3000 to 4999, got ${code}`);
  }
  const bytes = utf8Length(reason);
  if (bytes > MAX_REASON_BYTES) {
    throw new RangeError(`the close reason must have at most ${MAX_REASON_BYTES} bytes of UTF-8, got ${bytes}`);
  }
}

/** Returns whether the close code tells the viewer not to reconnect. */
export function isFinal(code: number): boolean {
  return code >= 4000 && code <= 4999;
}
