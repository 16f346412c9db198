import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasOriginSecret } from '../../lambdas/origin-secret.ts';

const SECRET = 'k3qJ8sVbN1xZ7rTq';

describe('the origin secret', () => {
  for (const given of [undefined, '', SECRET.slice(1), `${SECRET} `, SECRET.toLowerCase(), `${SECRET},${SECRET}`]) {
    it(`is not ${JSON.stringify(given)}`, () => assert.equal(hasOriginSecret(given, SECRET), false));
  }

  it('is itself', () => assert.equal(hasOriginSecret(SECRET, SECRET), true));

  it('is not asked for where there is none', () => {
    assert.equal(hasOriginSecret(undefined, undefined), true);
    assert.equal(hasOriginSecret('anything', undefined), true);
  });
});
