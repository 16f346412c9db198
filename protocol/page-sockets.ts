// Where the page finds its sockets: in an element of its HTML, which the upload on AWS and the local site fill in.

/** The socket of the site that serves the page, by default the only one. */
export const BESIDE_THE_PAGE = '/websocket';

const OWN_SOCKET = `<meta name="tickcast-socket" content="${BESIDE_THE_PAGE}" />`;

/** Writes into the page where its sockets are, the preferred one first.
 *  @param sockets URLs; relative ones are beside the page
 *  @throws when the page has no place for them */
export function withSockets(html: string, sockets: readonly string[]): string {
  const quoted = sockets.join(' ').replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  if (!html.includes(OWN_SOCKET)) throw new Error(`the page has no ${OWN_SOCKET}`);
  return html.replace(OWN_SOCKET, () => OWN_SOCKET.replace(BESIDE_THE_PAGE, () => quoted));
}
