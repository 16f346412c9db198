// Where an element's sockets are.

/** Apart, or Vite would look for a file there. */
const SCRIPT_URL = import.meta.url;

/** @param src of one socket, or of several cells' with blanks between, in terms of the page; where there is none, the
 *  one beside this script
 *  @throws RangeError when one is no URL of a socket */
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
    // It is refused below.
  }
  throw new RangeError(`src must be the URL of a socket such as wss://clock.example.com/websocket, got "${src}"`);
}
