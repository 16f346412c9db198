// The URLs of the page's sockets. They are in a `meta` element of its HTML, where the upload function on AWS and the
// local site write them.

/** Path of the socket on the site that serves the page. By default the page has no other socket. */
export const SAME_ORIGIN_SOCKET = '/websocket';

const OWN_SOCKET = `<meta name="tickcast-socket" content="${SAME_ORIGIN_SOCKET}" />`;

/** Writes the URLs of the page's sockets into its HTML.
 *  @param sockets URLs, the preferred one first; relative ones are resolved against the page
 *  @throws when the HTML has no element for them */
export function withSockets(html: string, sockets: readonly string[]): string {
  const quoted = sockets.join(' ').replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  if (!html.includes(OWN_SOCKET)) throw new Error(`the page has no ${OWN_SOCKET}`);
  return html.replace(OWN_SOCKET, () => OWN_SOCKET.replace(SAME_ORIGIN_SOCKET, () => quoted));
}
