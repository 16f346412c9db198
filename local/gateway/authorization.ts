// The Authorization header of AWS Signature Version 4. A signer sends the same one with every request of a day, but for
// the signature at its end, so what has been parsed last is kept.

export interface Authorization {
  readonly credential: string;
  /** The names of the headers that are signed, as sent: joined by semicolons. */
  readonly signedHeaders: string;
  readonly signedNames: readonly string[];
}

/** In hexadecimal digits. */
const SIGNATURE_LENGTH = 64;
const SIGNATURE = /^[0-9a-f]{64}$/;
const BEFORE_SIGNATURE = /^AWS4-HMAC-SHA256 Credential=([^, ]+), ?SignedHeaders=([^, ]+), ?Signature=$/;

export class AuthorizationParser {
  #text = '';
  #authorization: Authorization | undefined;

  /** @returns undefined when the header is none of this algorithm's */
  parse(header = ''): { readonly authorization: Authorization; readonly signature: string } | undefined {
    const signature = header.slice(-SIGNATURE_LENGTH);
    if (!SIGNATURE.test(signature)) return undefined;
    const text = header.slice(0, -SIGNATURE_LENGTH);
    if (text !== this.#text) {
      this.#text = text;
      this.#authorization = parseBeforeSignature(text);
    }
    return this.#authorization && { authorization: this.#authorization, signature };
  }
}

function parseBeforeSignature(text: string): Authorization | undefined {
  const [, credential = '', signedHeaders = ''] = BEFORE_SIGNATURE.exec(text) ?? [];
  if (credential === '') return undefined;
  return { credential, signedHeaders, signedNames: signedHeaders.split(';') };
}
