// Checks AWS Signature Version 4 as the @connections API does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// The refusals' statuses and error types are those other AWS APIs give; for execute-api their texts are unconfirmed.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Refusal {
  /** Value of `x-amzn-errortype`. */
  readonly errorType: string;
  readonly message: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'execute-api';

/** How far the request's date may lie from ours. */
const MAX_SKEW_MILLIS = 5 * 60 * 1000;

export class SignatureCheck {
  readonly #credentials: Credentials;
  readonly #region: string;
  #signingKey: { readonly day: string; readonly key: Buffer } | undefined;

  constructor(credentials: Credentials, region: string) {
    this.#credentials = credentials;
    this.#region = region;
  }

  /** @returns why the request is refused, or undefined when it is signed as it should be */
  refusal(request: SignedRequest, nowMillis: number): Refusal | undefined {
    const authorization = parseAuthorization(request.headers.authorization);
    const date = request.headers['x-amz-date'];
    if (authorization === undefined || typeof date !== 'string') {
      return { errorType: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    }

    const day = date.slice(0, 8);
    const scope = `${day}/${this.#region}/${SERVICE}/aws4_request`;
    if (authorization.credential !== `${this.#credentials.accessKeyId}/${scope}`) {
      return {
        errorType: 'UnrecognizedClientException',
        message: `Credential should be ${this.#credentials.accessKeyId}/${scope}, got ${authorization.credential}.`,
      };
    }

    const dateMillis = parseAmzDate(date);
    if (!(Math.abs(nowMillis - dateMillis) <= MAX_SKEW_MILLIS)) {
      return { errorType: 'InvalidSignatureException', message: `Signature expired or not yet current: ${date}` };
    }

    const payloadHash = sha256(request.body);
    const canonical = canonicalRequest(request, authorization.signedHeaders, payloadHash);
    const expected = createHmac('sha256', this.#keyOf(day))
      .update(`${ALGORITHM}\n${date}\n${scope}\n${sha256(canonical)}`)
      .digest();
    const isSigned =
      authorization.signedHeaders.includes('host') &&
      authorization.signedHeaders.includes('x-amz-date') &&
      (request.headers['x-amz-content-sha256'] ?? payloadHash) === payloadHash &&
      authorization.signature.length === expected.length &&
      timingSafeEqual(authorization.signature, expected);
    if (isSigned) return undefined;
    return {
      errorType: 'InvalidSignatureException',
      message:
        'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    };
  }

  /** The key depends on the day only, so it is derived once a day. */
  #keyOf(day: string): Buffer {
    if (this.#signingKey?.day === day) return this.#signingKey.key;
    let key: Buffer = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    for (const part of [day, this.#region, SERVICE, 'aws4_request']) key = hmac(key, part);
    this.#signingKey = { day, key };
    return key;
  }
}

function parseAuthorization(
  header: string | undefined,
): { credential: string; signedHeaders: string[]; signature: Buffer } | undefined {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^, ]+), ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{64})$/.exec(
    header ?? '',
  );
  if (parts === null) return undefined;
  const [, credential = '', signedHeaders = '', signature = ''] = parts;
  return { credential, signedHeaders: signedHeaders.split(';'), signature: Buffer.from(signature, 'hex') };
}

/** @param date such as `20260209T181143Z`; @returns NaN for anything else */
function parseAmzDate(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[], payloadHash: string): string {
  const [path = '/', query = ''] = request.url.split('?', 2);
  const headers = signedHeaders.map((name) => `${name}:${headerValue(request.headers[name])}\n`).join('');
  return [
    request.method,
    path.split('/').map(uriEncode).join('/'),
    canonicalQuery(query),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
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
  return [value ?? ''].flat().join(',').trim().replace(/\s+/g, ' ');
}

function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
