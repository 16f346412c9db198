import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admit } from '../../../lambdas/domain/admission.ts';

const allowed = ['https://clock.example', 'http://localhost:8888'];

describe('admit', () => {
  it('lets in a page of an allowed origin', () => {
    assert.deepEqual(admit({ origin: 'https://clock.example', viewerId: '12' }, allowed), { admitted: true });
  });

  it('lets in what is no browser: no origin', () => {
    assert.deepEqual(admit({ origin: undefined, viewerId: undefined }, allowed), { admitted: true });
  });

  for (const origin of [
    'https://evil.example',
    'http://clock.example',
    'https://clock.example.evil.example',
    'null',
    '',
  ]) {
    it(`refuses the origin ${JSON.stringify(origin)}`, () => {
      assert.deepEqual(admit({ origin, viewerId: '12' }, allowed), {
        admitted: false,
        statusCode: 403,
        reason: `Origin "${origin}" may not connect; allowed: https://clock.example, http://localhost:8888`,
      });
    });
  }

  for (const viewerId of ['', '12', 'Ünï cödé 🕰️', '<b>', 'x'.repeat(128)]) {
    it(`takes the id ${JSON.stringify(viewerId).slice(0, 20)} of ${viewerId.length} characters`, () => {
      assert.deepEqual(admit({ origin: undefined, viewerId }, allowed), { admitted: true });
    });
  }

  it('refuses an id that is too long', () => {
    assert.deepEqual(admit({ origin: undefined, viewerId: 'x'.repeat(129) }, allowed), {
      admitted: false,
      statusCode: 400,
      reason: 'id must be at most 128 characters, got 129',
    });
  });

  it('refuses an id with control characters', () => {
    assert.deepEqual(admit({ origin: undefined, viewerId: 'a\nb' }, allowed), {
      admitted: false,
      statusCode: 400,
      reason: 'id must hold no control characters, got "a\\nb"',
    });
  });
});
