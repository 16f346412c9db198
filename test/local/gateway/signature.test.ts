import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import type { SignedRequest } from '../../../local/gateway/canonical-request.ts';
import { SignatureCheck } from '../../../local/gateway/signature.ts';
import { Sha256 } from '../../support/sha256.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const REGION = 'eu-central-1';

/** Any character. fast-check's own `unit: 'binary'` needs a second of CPU at startup. */
const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

/** Signs a request with the signer of the AWS SDKs. */
async function sign(
  request: {
    method: string;
    path: string;
    query?: Record<string, string>;
    headers?: Record<string, string>;
    body: string;
  },
  nowMillis: number,
  { credentials = CREDENTIALS, region = REGION, service = 'execute-api' } = {},
): Promise<SignedRequest> {
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
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
  it('accepts any request that the signer of the SDKs has signed', async () => {
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
      body: fc.string({ unit: codePoint }),
    });
    await fc.assert(
      fc.asyncProperty(request, fc.integer({ min: 0, max: Date.UTC(2100, 0) }), async (unsigned, nowMillis) => {
        assert.equal(check.refusal(await sign(unsigned, nowMillis), nowMillis), undefined);
      }),
    );
  });

  it('sorts the query by name, also if one name is the start of another', async () => {
    const queries: Record<string, string>[] = [
      { '% ': '', '%': '' },
      { 'a-b': '1', a: '2' },
      { a: '2', ab: '1' },
    ];
    for (const query of queries) {
      assert.equal(check.refusal(await sign({ ...post, query }, NOW), NOW), undefined);
    }
  });

  it('accepts requests after midnight, when the signing key changes', async () => {
    for (const nowMillis of [NOW, NOW + 60_000, NOW]) {
      assert.equal(check.refusal(await sign(post, nowMillis), nowMillis), undefined);
    }
  });

  it('refuses a wrong secret', async () => {
    const request = await sign(post, NOW, { credentials: { ...CREDENTIALS, secretAccessKey: 'wrong' } });

    assert.equal(check.refusal(request, NOW)?.errorType, 'InvalidSignatureException');
  });

  it('refuses an unknown access key', async () => {
    const request = await sign(post, NOW, { credentials: { ...CREDENTIALS, accessKeyId: 'SOMEBODY' } });

    assert.equal(check.refusal(request, NOW)?.errorType, 'UnrecognizedClientException');
  });

  const forgeries: Record<string, (request: SignedRequest) => SignedRequest> = {
    'another body': (request) => ({ ...request, body: Buffer.from('{"type":"tock"}') }),
    'another path': (request) => ({ ...request, url: request.url.replace('F5q8', 'F5q9') }),
    'another method': (request) => ({ ...request, method: 'DELETE' }),
    'an added query': (request) => ({ ...request, url: `${request.url}?x=1` }),
    'an encoding taken from the path': (request) => ({ ...request, url: decodeURIComponent(request.url) }),
    'an encoding added to the path': (request) => ({ ...request, url: request.url.replace('@', '%40') }),
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

  it('refuses a query string with an added second question mark', async () => {
    for (const query of [{ x: '1' }, {}] as Record<string, string>[]) {
      const request = await sign({ ...post, query }, NOW);

      const forged = { ...request, url: `${request.url}${query.x ? '' : '?'}?y=2` };

      assert.equal(check.refusal(forged, NOW)?.errorType, 'InvalidSignatureException');
    }
  });

  for (const [what, scope] of Object.entries({
    region: { region: 'us-east-1' },
    service: { service: 's3' },
  })) {
    it(`refuses a signature for another ${what}`, async () => {
      const request = await sign(post, NOW, scope);

      assert.equal(check.refusal(request, NOW)?.errorType, 'UnrecognizedClientException');
    });
  }

  it('refuses a date that is not in the form of AWS', async () => {
    const request = await sign(post, NOW);

    const headers = { ...request.headers, 'x-amz-date': '2026-01-31T23:59:30Z' };
    headers.authorization = headers.authorization?.replace('20260131', '2026-01-');

    assert.match(
      check.refusal({ ...request, headers }, NOW)?.message ?? '',
      /^Date must be in ISO-8601 'basic format'\. Got '2026-01-31T23:59:30Z'\.$/,
    );
  });

  it('decides the same with and without cached parts', async () => {
    const id = fc.string({ unit: fc.constantFrom(...'aZ09-_'), minLength: 15, maxLength: 15 });
    const path = fc
      .tuple(fc.constantFrom('@', '%40'), id, fc.constantFrom('=', '%3D', '%3d', ''))
      .map(([at, text, end]) => `/websocket/${at}connections/${text}${end}`);
    const forge = fc.constantFrom<(request: SignedRequest) => SignedRequest>(
      (request) => request,
      ...Object.values(forgeries),
      (request) => ({
        ...request,
        headers: { ...request.headers, authorization: request.headers.authorization?.toUpperCase() },
      }),
      (request) => ({
        ...request,
        headers: { ...request.headers, authorization: request.headers.authorization?.replace('host;', '') },
      }),
    );
    const warm = new SignatureCheck(CREDENTIALS, REGION);
    await fc.assert(
      fc.asyncProperty(path, fc.integer({ min: NOW, max: NOW + 90_000 }), forge, async (path, nowMillis, forge) => {
        const request = await sign({ ...post, path }, nowMillis);
        const forged = forge(request);
        const cold = new SignatureCheck(CREDENTIALS, REGION);

        assert.equal(warm.refusal(request, nowMillis), undefined);
        assert.deepEqual(warm.refusal(forged, nowMillis), cold.refusal(forged, nowMillis));
      }),
    );
  });

  it('refuses a request whose date differs by more than five minutes', async () => {
    const request = await sign(post, NOW);

    for (const [skewMillis, text] of [
      [300_000, undefined],
      [-300_000, undefined],
      [301_000, /^Signature expired: (\d{8}T\d{6}Z) is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/],
      [
        -301_000,
        /^Signature not yet current: (\d{8}T\d{6}Z) is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
      ],
    ] as const) {
      // The scope contains the day of the request, so midnight does not matter.
      const refusal = check.refusal(request, NOW + skewMillis);
      if (text === undefined) assert.equal(refusal, undefined);
      else assert.equal(text.exec(refusal?.message ?? '')?.[1], request.headers['x-amz-date']);
    }
  });

  for (const authorization of [undefined, '', 'Bearer token', 'AWS4-HMAC-SHA256 Credential=x', 'f'.repeat(64)]) {
    it(`treats ${JSON.stringify(authorization)} as a missing signature`, async () => {
      const request = await sign(post, NOW);

      const refusal = check.refusal({ ...request, headers: { ...request.headers, authorization } }, NOW);

      assert.equal(refusal?.errorType, 'MissingAuthenticationTokenException');
    });
  }
});
