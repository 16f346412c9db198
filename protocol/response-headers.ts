// HTTP headers of the site's files. local/site.ts sends them. On AWS the stack sets them in CloudFront, and the upload
// function sets type and cache control of each object in S3.
// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy

/** Headers of every response. The page needs its own scripts, styles and icon, and the socket: `'self'` includes `ws:`
 *  and `wss:` of the same host. Only CloudFront adds `strict-transport-security`, because the local site has no TLS. */
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

/** @param origins origins of further sockets of the page, such as `wss://clock.example`
 *  @returns the page's Content-Security-Policy */
export function contentSecurityPolicy(origins: readonly string[]): string {
  return SECURITY_HEADERS['content-security-policy'].replace("connect-src 'self'", (own) =>
    [own, ...origins].join(' '),
  );
}

/** File name of the custom element's script. It must never change, because pages of other sites load it by name. */
export const ELEMENT_FILE = 'tick-cast-clock.js';

/** Headers of {@link ELEMENT_FILE}: browsers fetch a module script of another origin with CORS. A page that loads the
 *  script may still not connect: `$connect` checks its origin. */
export const ELEMENT_HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
} as const;

/** @param path without a leading slash */
export function cacheControl(path: string): string {
  // Vite puts a hash of the content into the names of assets.
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
