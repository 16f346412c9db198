// The canonical form of a request that AWS Signature Version 4 signs.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request

import type { IncomingHttpHeaders } from 'node:http';
import type { Authorization } from './authorization.ts';

export interface SignedRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A header's value in which nothing has to be trimmed or joined. */
const PLAIN_VALUE = /^[!-~]+(?: [!-~]+)*$/;

export class Canonicalizer {
  /** The paths of one API differ in their last segment, so the others are encoded once. */
  #parentPath = '';
  #encodedParentPath = '';

  canonicalRequest(request: SignedRequest, authorization: Authorization, payloadHash: string): string {
    const { method, url, headers } = request;
    const queryStart = url.indexOf('?');
    const path = queryStart < 0 ? url : url.slice(0, queryStart);
    const query = queryStart < 0 ? '' : canonicalQuery(url.slice(queryStart + 1));
    let text = `${method}\n${this.#canonicalPath(path)}\n${query}\n`;
    for (const name of authorization.signedNames) text += `${name}:${headerValue(headers[name])}\n`;
    return `${text}\n${authorization.signedHeaders}\n${payloadHash}`;
  }

  #canonicalPath(path: string): string {
    const end = path.lastIndexOf('/') + 1;
    const parentPath = path.slice(0, end);
    if (parentPath !== this.#parentPath) {
      this.#encodedParentPath = parentPath.split('/').map(uriEncode).join('/');
      this.#parentPath = parentPath;
    }
    return this.#encodedParentPath + uriEncode(path.slice(end));
  }
}

/** Sorted by encoded name and then by value: not by the two joined, for `=` sorts after the `%` of a longer name. */
function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By code point; both are ASCII. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function headerValue(value: string | string[] | undefined): string {
  if (typeof value === 'string' && PLAIN_VALUE.test(value)) return value;
  return [value ?? ''].flat().join(',').trim().replace(/\s+/g, ' ');
}

/** Text in which nothing has to be encoded but a percent sign. */
const UNRESERVED_OR_PERCENT = /^[A-Za-z0-9_.~%-]*$/;

function uriEncode(text: string): string {
  if (UNRESERVED_OR_PERCENT.test(text)) return text.replaceAll('%', '%25');
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
