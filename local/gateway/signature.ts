// Checks AWS Signature Version 4, like the @connections API and Amazon SQS.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// Statuses and error types of refusals are from other AWS APIs. The texts for execute-api are unconfirmed.

import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { canonicalRequest, type SignedRequest } from './canonical-request.ts';

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
const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^, ]+), ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{64})$/;

/** Maximum difference between the date of a request and this machine's clock. */
const MAX_SKEW_MILLIS = 5 * 60 * 1000;

export class SignatureCheck {
  readonly #credentials: Credentials;
  readonly #region: string;
  readonly #service: string;
  #signingKey: { readonly day: string; readonly key: KeyObject } | undefined;

  constructor(credentials: Credentials, region: string, service = 'execute-api') {
    this.#credentials = credentials;
    this.#region = region;
    this.#service = service;
  }

  /** @returns the refusal, or undefined if the signature is valid */
  refusal(request: SignedRequest, nowMillis: number): Refusal | undefined {
    const { headers } = request;
    const [, credential, signedHeaders = '', signature = ''] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
    const date = headers['x-amz-date'];
    if (credential === undefined || typeof date !== 'string') {
      return { errorType: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
    }

    const day = date.slice(0, 8);
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const expectedCredential = `${this.#credentials.accessKeyId}/${scope}`;
    if (credential !== expectedCredential) {
      return {
        errorType: 'UnrecognizedClientException',
        message: `Credential should be ${expectedCredential}, got ${credential}.`,
      };
    }

    const message = skewMessage(date, nowMillis);
    if (message !== undefined) return { errorType: 'InvalidSignatureException', message };

    const signedNames = signedHeaders.split(';');
    const payloadHash = hash('sha256', request.body);
    const canonicalHash = hash('sha256', canonicalRequest(request, signedNames, payloadHash));
    const expected = createHmac('sha256', this.#keyOf(day))
      .update(`${ALGORITHM}\n${date}\n${scope}\n${canonicalHash}`)
      .digest();
    const isSigned =
      signedNames.includes('host') &&
      signedNames.includes('x-amz-date') &&
      (headers['x-amz-content-sha256'] ?? payloadHash) === payloadHash &&
      timingSafeEqual(Buffer.from(signature, 'hex'), expected);
    if (isSigned) return undefined;
    return {
      errorType: 'InvalidSignatureException',
      message:
        'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    };
  }

  /** The key depends only on the day, so it is derived once a day. */
  #keyOf(day: string): KeyObject {
    if (this.#signingKey?.day === day) return this.#signingKey.key;
    let key: Buffer = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    for (const part of [day, this.#region, this.#service, 'aws4_request']) {
      key = createHmac('sha256', key).update(part).digest();
    }
    this.#signingKey = { day, key: createSecretKey(key) };
    return this.#signingKey.key;
  }
}

/** Checks the date of a request. The texts are from other AWS services. @returns undefined if the date is accepted */
function skewMessage(date: string, nowMillis: number): string | undefined {
  const dateMillis = parseAmzDate(date);
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

/** @param date for example `20260209T181143Z` @returns NaN for an invalid date */
function parseAmzDate(date: string): number {
  const [, year, month, day, time] = /^(\d{4})(\d\d)(\d\d)T(\d{6})Z$/.exec(date) ?? [];
  return Date.parse(`${year}-${month}-${day}T${time?.replace(/(\d\d)(\d\d)(\d\d)/, '$1:$2:$3')}Z`);
}
