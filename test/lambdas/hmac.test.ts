import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { it } from 'node:test';
import fc from 'fast-check';
import { Hmac } from '../../lambdas/hmac.ts';

it("Hmac gives what Node's own HMAC gives, text after text", () => {
  const key = fc.uint8Array({ maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(key, texts, (key, texts) => {
      const hmac = new Hmac(key);
      for (const text of texts) assert.equal(hmac.sign(text), createHmac('sha256', key).update(text).digest('hex'));
    }),
  );
});
