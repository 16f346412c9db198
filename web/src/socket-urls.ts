// Where the page's sockets are: beside it, unless the upload has written others into the page.

/** @param sockets with spaces between, such as `/websocket wss://clock2.example.com/websocket`
 *  @param random from 0 up to 1
 *  @returns the first socket, then the others in random order, so that the viewers of a cell that is lost spread over
 *  all others; `ws:` or `wss:`, as the page came, where a socket does not say */
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
