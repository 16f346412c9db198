// Checks AWS Signature Version 4 as the @connections API does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// The refusals' statuses and error types are those other AWS APIs give; for execute-api their texts are unconfirmed.

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { Hmac } from '../../lambdas/hmac.ts';
import { AuthorizationParser } from './authorization.ts';
import { Canonicalizer, type SignedRequest } from './canonical-request.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
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
  readonly #authorizations = new AuthorizationParser();
  readonly #canonicalizer = new Canonicalizer();
  #signingKey: { readonly day: string; readonly hmac: Hmac } | undefined;
  /** The last date and its value: the requests of one second share it. */
  #date = '';
  #dateMillis = Number.NaN;

  constructor(credentials: Credentials, region: string) {
    this.#credentials = credentials;
    this.#region = region;
  }

  /** @returns why the request is refused, or undefined when it is signed as it should be */
  refusal(request: SignedRequest, nowMillis: number): Refusal | undefined {
    const { headers } = request;
    const parsed = this.#authorizations.parse(headers.authorization);
    const date = headers['x-amz-date'];
    if (parsed === undefined || typeof date !== 'string') {
      return { errorType: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    }

    const { authorization, signature } = parsed;
    const day = date.slice(0, 8);
    const scope = `${day}/${this.#region}/${SERVICE}/aws4_request`;
    const credential = `${this.#credentials.accessKeyId}/${scope}`;
    if (authorization.credential !== credential) {
      return {
        errorType: 'UnrecognizedClientException',
        message: `Credential should be ${credential}, got ${authorization.credential}.`,
      };
    }

    const message = skewMessage(date, this.#millisOf(date), nowMillis);
    if (message !== undefined) return { errorType: 'InvalidSignatureException', message };

    const payloadHash = hash('sha256', request.body);
    const canonicalHash = hash('sha256', this.#canonicalizer.canonicalRequest(request, authorization, payloadHash));
    const expected = this.#hmacOf(day).sign(`${ALGORITHM}\n${date}\n${scope}\n${canonicalHash}`);
    const isSigned =
      authorization.signedNames.includes('host') &&
      authorization.signedNames.includes('x-amz-date') &&
      (headers['x-amz-content-sha256'] ?? payloadHash) === payloadHash &&
      timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
    if (isSigned) return undefined;
    return {
      errorType: 'InvalidSignatureException',
      message:
        'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    };
  }

  /** The key depends on the day only, so it is derived once a day. */
  #hmacOf(day: string): Hmac {
    if (this.#signingKey?.day === day) return this.#signingKey.hmac;
    let key: Buffer = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    for (const part of [day, this.#region, SERVICE, 'aws4_request']) key = hmac(key, part);
    this.#signingKey = { day, hmac: new Hmac(key) };
    return this.#signingKey.hmac;
  }

  #millisOf(date: string): number {
    if (date !== this.#date) {
      this.#date = date;
      this.#dateMillis = parseAmzDate(date);
    }
    return this.#dateMillis;
  }
}

/** The texts are those of AWS for other services. @returns undefined when the date is near enough */
function skewMessage(date: string, dateMillis: number, nowMillis: number): string | undefined {
  if (Number.isNaN(dateMillis)) return `Date must be in ISO-8601 'basic format'. Got '${date}'.`;
  const [earliest, latest] = [nowMillis - MAX_SKEW_MILLIS, nowMillis + MAX_SKEW_MILLIS];
  if (dateMillis >= earliest && dateMillis <= latest) return undefined;
  const now = formatAmzDate(nowMillis);
  return dateMillis > latest
    ? `Signature not yet current: ${date} is still later than ${formatAmzDate(latest)} (${now} + 5 min.)`
    : `Signature expired: ${date} is now earlier than ${formatAmzDate(earliest)} (${now} - 5 min.)`;
}

function formatAmzDate(epochMillis: number): string {
  return new Date(epochMillis).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** @param date such as `20260209T181143Z`; @returns NaN for anything else */
function parseAmzDate(date: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
