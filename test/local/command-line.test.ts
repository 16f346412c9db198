import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../local/command-line.ts';

describe('parseCommandLine', () => {
  it('has defaults', () => {
    assert.deepEqual(parseCommandLine([]), { port: 8888, host: '127.0.0.1', intervalSeconds: 1 });
  });

  it('takes every option', () => {
    const args = ['--port', '0', '--host=0.0.0.0', '--interval', '60'];
    assert.deepEqual(parseCommandLine(args), { port: 0, host: '0.0.0.0', intervalSeconds: 60 });
  });

  it('gives help', () => {
    assert.equal(parseCommandLine(['--port', '1', '--help']), 'help');
  });

  const wrong: [string[], RegExp][] = [
    [['--port', '65536'], /^--port must be a whole number from 0 to 65535, got "65536"$/],
    [['--port', '80a'], /^--port must be a whole number from 0 to 65535, got "80a"$/],
    [['--port='], /^--port must be a whole number from 0 to 65535, got ""$/],
    [['--port'], /--port/],
    [['--port', '-1'], /--port/],
    [['--interval', '0'], /^--interval must be a whole number of seconds from 1 to 60, got "0"$/],
    [['--interval', '0.5'], /^--interval must be a whole number of seconds from 1 to 60, got "0.5"$/],
    [['--interval', '61'], /^--interval must be a whole number of seconds from 1 to 60, got "61"$/],
    [['--host', 'a b'], /^--host must be a host name or an IP address, got "a b"$/],
    [['--colour', 'red'], /--colour/],
    [['extra'], /extra/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')} in one line`, () => {
      assert.throws(() => parseCommandLine(args), { name: 'UsageError', message });
      assert.throws(() => parseCommandLine(args), { message: /^[^\n]+$/ });
    });
  }
});
