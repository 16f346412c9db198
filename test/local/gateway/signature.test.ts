import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { SignatureCheck, type SignedRequest } from '../../../local/gateway/signature.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const REGION = 'eu-central-1';

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as Uint8Array));
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

/** What the AWS SDKs' own signer makes of a request. */
async function sign(
  request: {
    method: string;
    path: string;
    query?: Record<string, string>;
    headers?: Record<string, string>;
    body: string;
  },
  nowMillis: number,
  credentials = CREDENTIALS,
): Promise<SignedRequest> {
  const signer = new SignatureV4({ credentials, region: REGION, service: 'execute-api', sha256: Sha256 });
  const headers = { host: 'localhost:8888', ...request.headers };
  const signed = await signer.sign(
    { ...request, headers, query: request.query ?? {}, protocol: 'http:', hostname: 'localhost', port: 8888 },
    { signingDate: new Date(nowMillis) },
  );
  const query = new URLSearchParams(request.query).toString().replaceAll('+', '%20');
  return {
    method: request.method,
    url: request.path + (query && `?${query}`),
    headers: Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(request.body),
  };
}

const check = new SignatureCheck(CREDENTIALS, REGION);
const NOW = Date.UTC(2026, 0, 31, 23, 59, 30);
const post = { method: 'POST', path: '/websocket/@connections/F5q8KcB8oAMCIzQ%3D', body: '{"type":"tick"}' };

describe('SignatureCheck', () => {
  it("accepts what the SDKs' signer signs, whatever the request", async () => {
    const segment = fc.string({ unit: fc.constantFrom(..."aZ09-_=@~.!*()'ü "), minLength: 1, maxLength: 12 });
    const request = fc.record({
      method: fc.constantFrom('POST', 'GET', 'DELETE'),
      path: fc
        .array(
          segment.filter((text) => text !== '.' && text !== '..'),
          { minLength: 1, maxLength: 4 },
        )
        .map((segments) => `/${segments.map(encodeURIComponent).join('/')}`),
      query: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 3 }),
      headers: fc.record(
        { 'x-amz-security-token': fc.constantFrom('token', 'a  b '), accept: fc.constant('*/*') },
        { requiredKeys: [] },
      ),
      body: fc.string({ unit: 'binary' }),
    });
    await fc.assert(
      fc.asyncProperty(request, fc.integer({ min: 0, max: Date.UTC(2100, 0) }), async (unsigned, nowMillis) => {
        assert.equal(check.refusal(await sign(unsigned, nowMillis), nowMillis), undefined);
      }),
    );
  });

  it('sorts the query by name, also where one name begins with another', async () => {
    const queries: Record<string, string>[] = [
      { '% ': '', '%': '' },
      { 'a-b': '1', a: '2' },
      { a: '2', ab: '1' },
    ];
    for (const query of queries) {
      assert.equal(check.refusal(await sign({ ...post, query }, NOW), NOW), undefined);
    }
  });

  it('goes on over midnight, when the signing key changes', async () => {
    for (const nowMillis of [NOW, NOW + 60_000, NOW]) {
      assert.equal(check.refusal(await sign(post, nowMillis), nowMillis), undefined);
    }
  });

  it('refuses a wrong secret', async () => {
    const request = await sign(post, NOW, { ...CREDENTIALS, secretAccessKey: 'wrong' });

    assert.equal(check.refusal(request, NOW)?.errorType, 'InvalidSignatureException');
  });

  it('refuses an access key it does not know', async () => {
    const request = await sign(post, NOW, { ...CREDENTIALS, accessKeyId: 'SOMEBODY' });

    assert.equal(check.refusal(request, NOW)?.errorType, 'UnrecognizedClientException');
  });

  const forgeries: Record<string, (request: SignedRequest) => SignedRequest> = {
    'another body': (request) => ({ ...request, body: Buffer.from('{"type":"tock"}') }),
    'another path': (request) => ({ ...request, url: request.url.replace('F5q8', 'F5q9') }),
    'another method': (request) => ({ ...request, method: 'DELETE' }),
    'an added query': (request) => ({ ...request, url: `${request.url}?x=1` }),
    'another host': (request) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } }),
    'another date': (request) => ({ ...request, headers: { ...request.headers, 'x-amz-date': '20260131T235931Z' } }),
    'another hash of the body': (request) => ({
      ...request,
      headers: { ...request.headers, 'x-amz-content-sha256': '0'.repeat(64) },
    }),
  };
  for (const [what, forge] of Object.entries(forgeries)) {
    it(`refuses ${what}`, async () => {
      const request = await sign(post, NOW);

      assert.equal(check.refusal(request, NOW), undefined);
      assert.equal(check.refusal(forge(request), NOW)?.errorType, 'InvalidSignatureException');
    });
  }

  it('refuses a request that is more than five minutes off, either way', async () => {
    const request = await sign(post, NOW);

    for (const [skewMillis, isRefused] of [
      [300_000, false],
      [-300_000, false],
      [301_000, true],
      [-301_000, true],
    ] as const) {
      // The day of the scope is the request's own, so midnight does not matter.
      assert.equal(check.refusal(request, NOW + skewMillis) !== undefined, isRefused, `${skewMillis}`);
    }
  });

  for (const authorization of [undefined, '', 'Bearer token', 'AWS4-HMAC-SHA256 Credential=x']) {
    it(`takes ${JSON.stringify(authorization)} for no signature`, async () => {
      const request = await sign(post, NOW);

      const refusal = check.refusal({ ...request, headers: { ...request.headers, authorization } }, NOW);

      assert.equal(refusal?.errorType, 'MissingAuthenticationTokenException');
    });
  }
});
