// The signer of posts, compared with the signer of the AWS SDK.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { type AwsCredentials, PostSigner } from '../../../lambdas/aws/post-signer.ts';
import { Sha256 } from '../../support/sha256.ts';

async function signedBySdk(
  endpoint: string,
  region: string,
  connectionId: string,
  body: string,
  millis: number,
  credentials: AwsCredentials,
) {
  const { protocol, hostname, port, host, pathname } = new URL(endpoint);
  const encodedId = encodeURIComponent(connectionId).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const path = `${pathname}/@connections/${encodedId}`;
  const { sessionToken, ...keys } = credentials;
  const signer = new SignatureV4({
    credentials: { ...keys, ...(sessionToken !== undefined && { sessionToken }) },
    region,
    service: 'execute-api',
    sha256: Sha256,
    applyChecksum: false,
  });
  const headers = { host, 'content-type': 'application/octet-stream' };
  const portPart = port === '' ? {} : { port: Number(port) };
  const request = { method: 'POST', protocol, hostname, ...portPart, path, query: {}, headers, body };
  const signed = await signer.sign(request, { signingDate: new Date(millis) });
  return { path, headers: signed.headers };
}

function pairs(headers: readonly string[]): Record<string, string> {
  const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : []));
  return Object.fromEntries(pairs);
}

const text = (unit: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: min, maxLength: max });
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const credentials = fc.record(
  {
    accessKeyId: text(LETTERS, 16, 20),
    secretAccessKey: text(`${LETTERS}/+`, 1, 60),
    sessionToken: text(`${LETTERS}/+=`, 1, 400),
  },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);
/** The SDK resolves an id of dots as a relative path. The gateway creates no such ids. */
const isDots = (id: string) => id === '.' || id === '..';
const connectionId = fc
  .oneof(
    text(`${LETTERS}-_`, 15, 15).map((id) => `${id}=`),
    fc.string({ minLength: 1 }),
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => id.isWellFormed()),
  )
  .filter((id) => !isDots(id));
const endpoint = fc.constantFrom(
  'https://abc123.execute-api.eu-west-1.amazonaws.com/websocket',
  'https://abc123.execute-api.cn-north-1.amazonaws.com.cn/a-b_c',
  'http://127.0.0.1:8888/websocket',
  'http://localhost:4566/_aws/execute-api/abc123/websocket',
);
const region = fc.constantFrom('us-east-1', 'eu-west-1', 'ap-southeast-4', 'us-gov-west-1', 'cn-north-1');
const MIDNIGHT = Date.UTC(2026, 11, 31, 24);
const date = fc.oneof(
  fc.integer({ min: MIDNIGHT - 2_000, max: MIDNIGHT + 2_000 }),
  fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2099, 0) }),
);
const post = fc.record({ connectionId, body: fc.string({ unit: 'grapheme' }), millis: date, credentials });

describe('the post signer', () => {
  it('creates the same signatures as the AWS SDK, also with reused parts', async () => {
    const posts = fc.array(post, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(endpoint, region, posts, async (endpoint, region, posts) => {
        const signer = new PostSigner(endpoint, region);
        for (const { connectionId, body, millis, credentials } of [...posts, ...posts]) {
          const ours = signer.sign(connectionId, body, millis, credentials);
          const theirs = await signedBySdk(endpoint, region, connectionId, body, millis, credentials);
          const { host, ...headers } = theirs.headers;

          assert.equal(ours.path, theirs.path);
          assert.deepEqual(pairs(ours.headers), headers);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('uses new credentials and a new day immediately', async () => {
    const signer = new PostSigner('https://abc.execute-api.us-east-1.amazonaws.com/dev', 'us-east-1');
    const [old, young] = [
      { accessKeyId: 'OLD', secretAccessKey: 'old' },
      { accessKeyId: 'NEW', secretAccessKey: 'new', sessionToken: 'token' },
    ];
    const scope = (millis: number, credentials: AwsCredentials) =>
      /Credential=([^,]+),/.exec(pairs(signer.sign('id', '', millis, credentials).headers).authorization ?? '')?.[1];

    assert.equal(scope(MIDNIGHT - 1, old), 'OLD/20261231/us-east-1/execute-api/aws4_request');
    assert.equal(scope(MIDNIGHT, old), 'OLD/20270101/us-east-1/execute-api/aws4_request');
    assert.equal(scope(MIDNIGHT, young), 'NEW/20270101/us-east-1/execute-api/aws4_request');
    assert.equal(scope(MIDNIGHT - 1, young), 'NEW/20261231/us-east-1/execute-api/aws4_request');
  });
});
