import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MODULE = fileURLToPath(new URL('../../lambdas/log.ts', import.meta.url));

describe('the log', () => {
  it('writes a line when the facts cannot be serialized', async () => {
    const program = `
      import { makeLog } from ${JSON.stringify(MODULE)};
      const error = new Error('its own cause');
      error.cause = error;
      makeLog('test').warn('something failed', { error });
    `;

    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);

    const line = JSON.parse((stdout + stderr).trim());
    assert.equal(line.message, 'something failed');
    assert.match(line.unwritable, /RangeError/);
  });
});
