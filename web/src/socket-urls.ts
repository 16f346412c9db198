// The WebSocket URLs of the page: `/websocket` on its own server, unless the upload has written others into the page.

/** @param sockets URLs separated by spaces, for example `/websocket wss://clock2.example.com/websocket`
 *  @param random returns a number from 0 up to 1
 *  @returns the first URL, then the others in random order, so that the viewers of a lost cell spread over all others.
 *  A URL without a protocol gets `ws:` or `wss:`, like the page. */
export function socketUrls(sockets: string, pageUrl: string, viewerId: string, random: () => number): URL[] {
  const [own = '', ...others] = sockets.split(' ');
  const drawn = others.map((socket) => ({ socket, place: random() })).sort((a, b) => a.place - b.place);
  return [own, ...drawn.map(({ socket }) => socket)].map((socket) => {
    const url = new URL(socket, pageUrl);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('id', viewerId);
    return url;
  });
}
