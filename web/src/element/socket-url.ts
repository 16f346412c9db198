// Where an element's socket is.

/** Apart, or Vite would look for a file there. */
const SCRIPT_URL = import.meta.url;

/** @param src of the socket, in terms of the page; where there is none, the one beside this script
 *  @throws RangeError when it is no URL of a socket */
export function socketUrl(src: string | null, baseUrl: string): string {
  const url = src === null ? new URL('/websocket', SCRIPT_URL) : parse(src, baseUrl);
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  if (url.protocol === 'ws:' || url.protocol === 'wss:') return url.href;
  throw new RangeError(`src must begin with wss:, ws:, https: or http:, got "${src ?? SCRIPT_URL}"`);
}

function parse(src: string, baseUrl: string): URL {
  try {
    if (src.trim() !== '') return new URL(src, baseUrl);
  } catch {
    // It is refused below.
  }
  throw new RangeError(`src must be the URL of a socket such as wss://clock.example.com/websocket, got "${src}"`);
}
