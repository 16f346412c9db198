// The WebSocket URLs of an element.

/** A separate constant, because Vite would otherwise look for a file. */
const SCRIPT_URL = import.meta.url;

/** @param src one URL, or the URLs of several cells separated by spaces, relative to the page. Null for the default,
 *  the socket of the server that serves this script.
 *  @throws RangeError for an invalid WebSocket URL */
export function socketUrls(src: string | null, baseUrl: string): string[] {
  if (src === null) return [socketUrl('/websocket', SCRIPT_URL)];
  return src
    .trim()
    .split(/\s+/)
    .map((one) => socketUrl(one, baseUrl));
}

function socketUrl(src: string, baseUrl: string): string {
  const url = parse(src, baseUrl);
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  if (url.protocol === 'ws:' || url.protocol === 'wss:') return url.href;
  throw new RangeError(`src must begin with wss:, ws:, https: or http:, got "${src}"`);
}

function parse(src: string, baseUrl: string): URL {
  try {
    if (src !== '') return new URL(src, baseUrl);
  } catch {
    // Refused below.
  }
  throw new RangeError(`src must be a WebSocket URL such as wss://clock.example.com/websocket, got "${src}"`);
}
