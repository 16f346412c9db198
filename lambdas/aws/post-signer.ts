// Signs POST @connections requests with AWS Signature Version 4. The SDK's signer handles any request, and uses more
// CPU than the HTTP request. This signer computes the parts that posts have in common only once.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only temporary credentials have it, such as those of a function. */
  readonly sessionToken?: string | undefined;
}

export interface SignedPost {
  readonly path: string;
  /** Names and values, alternating. `host` is also signed, but the HTTP client adds it. */
  readonly headers: string[];
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'execute-api';
const CONTENT_TYPE = 'application/octet-stream';

/** Parts that all posts of one second with the same credentials have in common. */
interface Constants {
  readonly second: number;
  readonly credentials: AwsCredentials;
  /** Part of the canonical request between the path and the hash of the body. */
  readonly canonicalHeaders: string;
  /** Part of the string to sign before the hash of the canonical request. */
  readonly stringHead: string;
  /** Part of the `authorization` header before the signature. */
  readonly authorizationHead: string;
  readonly amzDate: string;
}

export class PostSigner {
  readonly #region: string;
  readonly #host: string;
  /** Path of @connections below the stage: as it is sent, and as it is signed. */
  readonly #path: string;
  readonly #canonicalPath: string;
  #constants: Constants | undefined;
  #key: { readonly scope: string; readonly secret: string; readonly key: KeyObject } | undefined;
  #payload = { data: '', hash: hash('sha256', '') };

  /** @param endpoint of the stage, such as `https://{api}.execute-api.{region}.amazonaws.com/{stage}` */
  constructor(endpoint: string, region: string) {
    const { host, pathname } = new URL(endpoint);
    this.#region = region;
    this.#host = host;
    this.#path = `${pathname}/@connections/`;
    // The signed path is encoded once more than the sent one, as for every service except S3.
    this.#canonicalPath = this.#path.split('/').map(uriEncode).join('/');
  }

  sign(connectionId: string, data: string, epochMillis: number, credentials: AwsCredentials): SignedPost {
    const { canonicalHeaders, stringHead, authorizationHead, amzDate } = this.#constantsOf(epochMillis, credentials);
    // Copies with the same `sentAt` have the same text, so their hash is reused.
    if (data !== this.#payload.data) this.#payload = { data, hash: hash('sha256', data) };
    const id = uriEncode(connectionId);
    const canonicalRequest = `POST\n${this.#canonicalPath}${uriEncode(id)}\n${canonicalHeaders}${this.#payload.hash}`;
    const signature = createHmac('sha256', this.#keyOf(amzDate, credentials))
      .update(stringHead + hash('sha256', canonicalRequest))
      .digest('hex');
    const headers = [
      'content-type',
      CONTENT_TYPE,
      'x-amz-date',
      amzDate,
      'authorization',
      authorizationHead + signature,
    ];
    if (credentials.sessionToken !== undefined) headers.push('x-amz-security-token', credentials.sessionToken);
    return { path: this.#path + id, headers };
  }

  #constantsOf(epochMillis: number, credentials: AwsCredentials): Constants {
    const second = Math.floor(epochMillis / 1000);
    if (this.#constants?.second === second && this.#constants.credentials === credentials) return this.#constants;

    const { accessKeyId, sessionToken } = credentials;
    const amzDate = new Date(second * 1000).toISOString().replace(/[-:]|\.000/g, '');
    const scope = this.#scope(amzDate);
    const signed: [string, string][] = [
      ['content-type', CONTENT_TYPE],
      ['host', this.#host],
      ['x-amz-date', amzDate],
    ];
    if (sessionToken !== undefined) signed.push(['x-amz-security-token', sessionToken]);
    const names = signed.map(([name]) => name).join(';');
    this.#constants = {
      second,
      credentials,
      // The empty line is the query string.
      canonicalHeaders: `\n${signed.map(([name, value]) => `${name}:${value}\n`).join('')}\n${names}\n`,
      stringHead: `${ALGORITHM}\n${amzDate}\n${scope}\n`,
      authorizationHead: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=`,
      amzDate,
    };
    return this.#constants;
  }

  #scope(amzDate: string): string {
    return `${amzDate.slice(0, 8)}/${this.#region}/${SERVICE}/aws4_request`;
  }

  /** The key changes with the day and the credentials. It is a KeyObject, because Node would convert raw bytes to a
   *  KeyObject for each post. */
  #keyOf(amzDate: string, { secretAccessKey }: AwsCredentials): KeyObject {
    const scope = this.#scope(amzDate);
    if (this.#key?.scope === scope && this.#key.secret === secretAccessKey) return this.#key.key;
    let bytes: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
    for (const part of scope.split('/')) bytes = createHmac('sha256', bytes).update(part).digest();
    this.#key = { scope, secret: secretAccessKey, key: createSecretKey(bytes) };
    return this.#key.key;
  }
}

/** RFC 3986: all but unreserved characters. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
