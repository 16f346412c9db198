import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasOriginSecret } from '../../lambdas/origin-secret.ts';

const SECRET = 'k3qJ8sVbN1xZ7rTq';

describe('hasOriginSecret', () => {
  for (const given of [undefined, '', SECRET.slice(1), `${SECRET} `, SECRET.toLowerCase(), `${SECRET},${SECRET}`]) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.equal(hasOriginSecret(given, SECRET), false));
  }

  it('accepts the secret', () => assert.equal(hasOriginSecret(SECRET, SECRET), true));

  it('accepts any text when no secret is required', () => {
    assert.equal(hasOriginSecret(undefined, undefined), true);
    assert.equal(hasOriginSecret('anything', undefined), true);
  });
});
