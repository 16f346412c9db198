// The canonical form of a request that AWS Signature Version 4 signs.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request

import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  readonly method: string;
  /** Path and query string, as on the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param signedNames names of the signed headers, in the order of the signature */
export function canonicalRequest(
  { method, url, headers }: SignedRequest,
  signedNames: readonly string[],
  payloadHash: string,
): string {
  const queryStart = url.indexOf('?');
  const path = queryStart < 0 ? url : url.slice(0, queryStart);
  const query = queryStart < 0 ? '' : canonicalQuery(url.slice(queryStart + 1));
  const canonicalHeaders = signedNames.map((name) => `${name}:${headerValue(headers[name])}\n`).join('');
  const canonicalPath = path.split('/').map(uriEncode).join('/');
  return [method, canonicalPath, query, canonicalHeaders, signedNames.join(';'), payloadHash].join('\n');
}

/** Sorts by encoded name and then by value. Sorting the joined text would be wrong: `=` sorts after the `%` of a longer
 *  name. */
function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Compares by code point. Both texts are ASCII. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function headerValue(value: string | string[] | undefined): string {
  return [value ?? ''].flat().join(',').trim().replace(/\s+/g, ' ');
}

/** Percent-encodes all characters except the unreserved ones of RFC 3986. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
