// What the site says with each of its files, here and on AWS: local/site.ts sends it, the stack tells CloudFront and S3.
// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy

/** With every answer. The page needs its own scripts, styles and icon, and the socket: `'self'` covers `ws:` and `wss:` of the same
 *  host. `strict-transport-security` is where there is TLS. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** @param origins such as `wss://clock.example`: where the page's sockets are beside its own origin
 *  @returns the page's Content-Security-Policy */
export function contentSecurityPolicy(origins: readonly string[]): string {
  return SECURITY_HEADERS['content-security-policy'].replace("connect-src 'self'", (own) =>
    [own, ...origins].join(' '),
  );
}

/** The script of the custom element, under the same name for ever: it stands in other people's pages. */
export const ELEMENT_FILE = 'tick-cast-clock.js';

/** With {@link ELEMENT_FILE}: a module script of another origin is fetched with CORS. That it is loaded says nothing about who may
 *  connect. */
export const ELEMENT_HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
} as const;

/** @param path without a leading slash */
export function cacheControl(path: string): string {
  // Vite's assets have a hash of their content in their names.
  if (path.startsWith('assets/')) return 'max-age=31536000, immutable';
  return path === ELEMENT_FILE ? 'max-age=300' : 'no-cache';
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

export function contentType(path: string): string {
  return CONTENT_TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
}
