import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEV_USAGE, parseDevOptions, parseStartOptions, USAGE } from '../../../commands/start/options.ts';

describe('parseStartOptions', () => {
  it('has defaults', () => {
    assert.deepEqual(parseStartOptions([]), {
      port: 8888,
      cells: 1,
      host: 'localhost',
      intervalSeconds: 1,
      shards: 1,
      maxViewers: 20_000,
      allowedOrigins: [],
      hasScheduleJitter: false,
      isUnthrottled: false,
    });
  });

  it('reads every option', () => {
    const args = ['--port', '0', '--host=0.0.0.0', '--interval', '60', '--shards', '4', '--max-viewers', '10'];
    const origins = ['--allow-origin', 'http://localhost:3000', '--allow-origin=https://a.example'];
    assert.deepEqual(
      parseStartOptions([...args, ...origins, '--max-viewers-per-address', '2', '--schedule-jitter', '--unthrottled']),
      {
        port: 0,
        cells: 1,
        host: '0.0.0.0',
        intervalSeconds: 60,
        shards: 4,
        maxViewers: 10,
        maxViewersPerAddress: 2,
        allowedOrigins: ['http://localhost:3000', 'https://a.example'],
        hasScheduleJitter: true,
        isUnthrottled: true,
      },
    );
  });

  it('gives each cell a port of its own', () => {
    const options = parseStartOptions(['--cells', '2', '--port', '65534']);

    assert.ok(options !== 'help');
    assert.deepEqual([options.cells, options.port], [2, 65_534]);
  });

  it('returns help for --help', () => {
    assert.equal(parseStartOptions(['--port', '1', '--help']), 'help');
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
    [['--cells', '0'], /^--cells must be a whole number from 1 to 9, got "0"$/],
    [['--cells', '2', '--port', '65535'], /^--port must be from 1 to 65534 with 2 cells, got "65535"$/],
    [['--cells', '3', '--port', '0'], /^--port must be from 1 to 65533 with 3 cells, got "0"$/],
    [['--shards', '3'], /^--shards must be one of 1, 2, 4, 8, 16, got "3"$/],
    [['--max-viewers', '0'], /^--max-viewers must be a whole number from 1 to 1000000, got "0"$/],
    [['--max-viewers-per-address', 'x'], /^--max-viewers-per-address must be a whole number from 1 to/],
    [['--host', 'a b'], /^--host must be a host name or an IP address, got "a b"$/],
    [['--allow-origin', 'localhost'], /^--allow-origin must be origins such as https:.*, got "localhost"$/],
    [['--allow-origin', 'http://a.example/'], /^--allow-origin must be origins .*, got "http:\/\/a.example\/"$/],
    [['--allow-origin', '*'], /^--allow-origin must be origins .*, got "\*"$/],
    [['--colour', 'red'], /--colour/],
    [['extra'], /extra/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')} in one line`, () => {
      assert.throws(() => parseStartOptions(args), { name: 'UsageError', message });
      assert.throws(() => parseStartOptions(args), { message: /^[^\n]+$/ });
    });
  }
});

describe('parseDevOptions', () => {
  it('reads the options of npm start, except --cells', () => {
    const args = ['--port', '0', '--interval', '2'];
    assert.deepEqual(parseDevOptions([...args, '--cells', '1']), parseStartOptions(args));
    assert.throws(() => parseDevOptions(['--cells', '2']), {
      name: 'UsageError',
      message: '--cells must be 1 with npm run dev, got "2"; npm start runs several',
    });
  });

  it('has a help text without --cells', () => {
    assert.match(DEV_USAGE, /^Usage: npm run dev -- \[options\]\n/);
    assert.equal(parseDevOptions(['--help']), 'help');
    const without = USAGE.replace('npm start', 'npm run dev').replace(/ {2}--cells.*?(?=\n {2}--)\n/s, '');
    assert.equal(DEV_USAGE, without);
  });
});
