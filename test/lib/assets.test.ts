import assert from 'node:assert/strict';
import { it } from 'node:test';
import { functionCode } from '../../lib/assets.ts';

it('names the missing build of a function', () => {
  assert.throws(() => functionCode('nothing'), {
    name: 'ConfigError',
    message: /dist.functions.nothing is missing: run npm run build first$/,
  });
});
