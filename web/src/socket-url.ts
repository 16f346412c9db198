// Where the socket is: beside the page, on the page's own origin.

/** @returns `ws:` or `wss:`, as the page came */
export function socketUrl(pageUrl: string, viewerId: string): URL {
  const url = new URL('/websocket', pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('id', viewerId);
  return url;
}
