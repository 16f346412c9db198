import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AdmissionRules, admit, refuseFull } from '../../../lambdas/domain/admission.ts';

const rules: AdmissionRules = {
  allowedOrigins: ['https://clock.example', 'http://localhost:8888'],
  isOriginRequired: false,
  maxViewers: 100,
  maxViewersPerAddress: undefined,
  shards: 1,
};
const from = { isThroughSite: true, address: '203.0.113.7' };

describe('admit', () => {
  it('admits a page of an allowed origin', () => {
    assert.deepEqual(admit({ origin: 'https://clock.example', viewerId: '12', ...from }, rules), { admitted: true });
  });

  it('refuses a request that bypasses the site, before any other check', () => {
    const request = { ...from, isThroughSite: false, viewerId: 'x'.repeat(129) };

    for (const origin of ['https://clock.example', 'https://evil.example', undefined]) {
      assert.deepEqual(admit({ ...request, origin }, rules), {
        admitted: false,
        statusCode: 403,
        reason: 'connect through the site, not to the API itself',
      });
    }
  });

  it('refuses a request without an origin only if an origin is required', () => {
    const request = { origin: undefined, viewerId: '12', ...from };

    assert.deepEqual(admit(request, { ...rules, isOriginRequired: true }), {
      admitted: false,
      statusCode: 403,
      reason: 'a request without Origin may not connect; allowed: https://clock.example, http://localhost:8888',
    });
  });

  it('admits a request without an origin', () => {
    assert.deepEqual(admit({ origin: undefined, viewerId: undefined, ...from }, rules), { admitted: true });
  });

  it('names the options that allow a refused origin', () => {
    const admission = admit({ origin: 'https://evil.example', viewerId: undefined, ...from }, rules);

    assert.ok(!admission.admitted);
    assert.match(admission.remedy ?? '', /--allow-origin .* allowedOrigins=/);
  });

  for (const origin of [
    'https://evil.example',
    'http://clock.example',
    'https://clock.example.evil.example',
    'null',
    '',
  ]) {
    it(`refuses the origin ${JSON.stringify(origin)}`, () => {
      assert.partialDeepStrictEqual(admit({ origin, viewerId: '12', ...from }, rules), {
        admitted: false,
        statusCode: 403,
        reason: `Origin "${origin}" may not connect; allowed: https://clock.example, http://localhost:8888`,
      });
    });
  }

  for (const viewerId of ['', '12', 'Ünï cödé 🕰️', '<b>', 'x'.repeat(128)]) {
    it(`accepts the id ${JSON.stringify(viewerId).slice(0, 20)} of ${viewerId.length} characters`, () => {
      assert.deepEqual(admit({ origin: undefined, viewerId, ...from }, rules), { admitted: true });
    });
  }

  it('refuses an id that is too long', () => {
    assert.deepEqual(admit({ origin: undefined, viewerId: 'x'.repeat(129), ...from }, rules), {
      admitted: false,
      statusCode: 400,
      reason: 'id must be at most 128 characters, got 129',
    });
  });

  it('refuses an id with control characters', () => {
    assert.deepEqual(admit({ origin: undefined, viewerId: 'a\nb', ...from }, rules), {
      admitted: false,
      statusCode: 400,
      reason: 'id must hold no control characters, got "a\\nb"',
    });
  });
});

describe('refuseFull', () => {
  it('contains the number of places when all are taken', () => {
    assert.deepEqual(refuseFull(rules), {
      admitted: false,
      statusCode: 429,
      reason: 'all 100 places for viewers are taken',
    });
  });

  it('contains the address and its limit when the address has reached its limit', () => {
    assert.deepEqual(refuseFull({ ...rules, maxViewersPerAddress: 5 }, '203.0.113.7'), {
      admitted: false,
      statusCode: 429,
      reason: 'address 203.0.113.7 holds as many connections as it may: 5',
    });
  });
});
