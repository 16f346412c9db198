import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sharedOptions } from '../../../commands/deploy/shared-options.ts';

describe('the options that npm run deploy passes to cdk diff', () => {
  const cases: [string, string][] = [
    ['', ''],
    ['-c maxViewers=500 --require-approval never', '-c maxViewers=500'],
    ['--require-approval never --context=interval=5 --profile clock -v', '--context=interval=5 --profile clock'],
    ['--hotswap --app=cdk.out', '--app=cdk.out'],
  ];
  for (const [given, shared] of cases) {
    it(`are "${shared}" of "${given}"`, () => {
      assert.equal(sharedOptions(given.split(' ')).join(' '), shared);
    });
  }
});
