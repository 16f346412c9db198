// Where a socket is: beside the page, unless its upload has written other URLs into the page.

/** @param socket such as `/websocket`, or `ws://localhost:4566/_aws/execute-api/abc/websocket`
 *  @returns `ws:` or `wss:`, as the page came when `socket` does not say */
export function socketUrl(socket: string, pageUrl: string, viewerId: string): URL {
  const url = new URL(socket, pageUrl);
  url.protocol = url.protocol.replace('http', 'ws');
  url.searchParams.set('id', viewerId);
  return url;
}
