// `npm test` and its parts: `node commands test types lint stack unit e2e`. Prints the output and duration of each
// check. Exits with 1 if a check failed. TEST_RESULTS=<file> appends the counts of each check to a file, one line of
// JSON each.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, PROJECT } from '../commands/build/sources.ts';
import { readCommandLine, UsageError } from '../commands/common/command-line.ts';

/** Result of a check. A check without tests, such as the types, counts as one test. */
interface Result {
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
  readonly output: string;
}

const CHECKS: Readonly<Record<string, () => Promise<Result>>> = {
  types: () => runPrograms(['tsc', '-p', '.'], ['tsc', '-p', 'web'], ['tsc', '-p', 'web/src/client', '--noEmit']),
  lint: () => runPrograms(['biome', 'check', '.']),
  // Runs in one process, because the first synthesis of a process is the slow one.
  stack: () => runTests(['--test-isolation=none'], ['test/lib/*.test.ts']),
  // Runs four files at a time, because most of them wait more than they compute.
  unit: () => runTests(['--test-concurrency=4'], ['test/*.test.ts', 'test/!(e2e|lib|consumers)/**/*.test.ts']),
  e2e: () => runTests(['--test-concurrency=2'], ['test/e2e/*.test.ts']),
  stores: () => runTests([], ['test/lambdas/aws/*-store.test.ts']),
  localstack: () =>
    runTests(
      ['--test-concurrency=1', '--test-timeout=300000', '--test-force-exit'],
      ['test/localstack/*.localstack.ts'],
    ),
  'set-clock': () => runTests(['--test-timeout=180000'], ['test/set-clock/*.set-clock.ts']),
  scale: () => runTests(['--test-concurrency=1', '--test-timeout=600000'], ['test/scale/*.scale.ts']),
  consumers: () => runTests(['--test-concurrency=1'], ['test/consumers/*.consumers.ts']),
  runtime: () => runTests(['--test-concurrency=3'], ['test/runtime/*.runtime.ts']),
};

/** The checks of a group run at the same time. The last two groups run alone, because their tests depend on real
 *  time. */
const DEFAULT_GROUPS = [['types', 'lint', 'stack'], ['unit'], ['e2e']];

/** Node caches compiled code and stripped TypeScript here for the next process. */
const ENVIRONMENT = { ...process.env, NODE_COMPILE_CACHE: join(PROJECT, 'node_modules/.cache/tickcast/compiled') };

const USAGE = `Usage: npm test -- [checks]

  types lint stack unit e2e   the checks that npm test runs by default
  <file>                      one test file, for example test/e2e/ticks.test.ts
  stores                      the tests of the stores, against the server at DYNAMODB_ENDPOINT
  localstack                  deploy to the emulator at AWS_ENDPOINT_URL and test there
  set-clock                   npm start while its clock is changed with the library at LIBFAKETIME
  consumers                   the package in the projects of test/consumers (install them first)
  scale                       the simulation, its tables, and a thousand clients of three cells
  runtime                     the functions on AWS's Lambda runtime client at LAMBDA_RUNTIME_CLIENT
`;

const groups = readCommandLine('npm test', USAGE, (args) => {
  if (args.includes('--help')) return 'help';
  const unknown = args.find((name) => !Object.hasOwn(CHECKS, name) && !name.includes('.test.'));
  if (unknown === undefined) return args.length > 0 ? args.map((name) => [name]) : DEFAULT_GROUPS;
  throw new UsageError(`a check must be one of ${Object.keys(CHECKS).join(', ')}, got "${unknown}"`);
});

/** A single check prints its output while it runs. Of several checks, each prints its output at its end. */
const isSingle = groups.flat().length === 1;

await ensureBuilt();
for (const names of groups) await Promise.all(names.map(check));

async function check(name: string): Promise<void> {
  const startMillis = performance.now();
  const { output, ...counts } = await (CHECKS[name] ?? (() => runTests([], [name])))();
  const seconds = Math.round((performance.now() - startMillis) / 1000);
  const { pass, fail, skipped } = counts;
  process.stdout.write(
    `\n== ${name}\n${output}== ${name}: ${pass} passed, ${fail} failed, ${skipped} skipped in ${seconds} s\n`,
  );
  const { TEST_RESULTS } = process.env;
  if (TEST_RESULTS) await appendFile(TEST_RESULTS, `${JSON.stringify({ name, seconds, ...counts })}\n`);
  if (fail > 0) process.exitCode = 1;
}

async function runPrograms(...commands: readonly (readonly string[])[]): Promise<Result> {
  const runs = await Promise.all(commands.map(([program = '', ...args]) => run(`node_modules/.bin/${program}`, args)));
  const isGood = runs.every(({ code }) => code === 0);
  return { pass: isGood ? 1 : 0, fail: isGood ? 0 : 1, skipped: 0, output: runs.map(({ output }) => output).join('') };
}

async function runTests(options: readonly string[], files: readonly string[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-test-'));
  try {
    const results = join(folder, 'results.json');
    const { code, output } = await run(process.execPath, [
      '--test',
      '--test-timeout=120000',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=./test/support/count-reporter.ts',
      `--test-reporter-destination=${results}`,
      ...options,
      ...files,
    ]);
    // A test runner that crashed has written no counts.
    const counts = JSON.parse((await readFile(results, 'utf8').catch(() => '')) || '{"pass":0,"fail":1,"skipped":0}');
    // The check also fails if the test runner failed without a failed test, or if no test ran.
    const isConsistent = (code === 0 && counts.pass > 0) || counts.fail > 0;
    return { ...counts, ...(!isConsistent && { fail: 1 }), output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { env: ENVIRONMENT, shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      if (isSingle) process.stdout.write(text);
      else output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code: code ?? 1, output };
}
