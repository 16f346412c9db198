// `npm test` and its parts: `node commands test types lint stack unit e2e`. Prints the seconds of each check, and exits with 1 when one
// failed. TEST_RESULTS=<file> has the counts appended, as JSON, one line a check.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build/ensure.ts';
import { readCommandLine, UsageError } from './command-line.ts';

/** What a check counts. A check without tests, such as the types, counts as one. */
export interface Counts {
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
}

type Check = () => Promise<Counts>;

const CHECKS: Readonly<Record<string, Check>> = {
  types: () => programs(['tsc', '-p', '.'], ['tsc', '-p', 'web'], ['tsc', '-p', 'web/src/client', '--noEmit']),
  lint: () => programs(['biome', 'check', '.']),
  // In one process, since the first synthesis of a process is the dear one.
  stack: () => tests(['--test-isolation=none'], ['test/lib/*.test.ts']),
  // Most of them wait more than they compute.
  unit: () => tests(['--test-concurrency=3'], ['test/*.test.ts', 'test/!(e2e|lib)/**/*.test.ts']),
  e2e: () => tests(['--test-concurrency=2'], ['test/e2e/*.test.ts']),
  stores: () => tests([], ['test/lambdas/aws/*-store.test.ts']),
  localstack: () => tests(['--test-concurrency=1', '--test-timeout=300000'], ['test/localstack/*.localstack.ts']),
};

const DEFAULT_CHECKS = ['types', 'lint', 'stack', 'unit', 'e2e'];

const USAGE = `Usage: npm test -- [checks]

  types lint stack unit e2e   what npm test runs, in this order
  <file>                      one file of tests, such as test/e2e/ticks.test.ts
  stores                      the stores' tests alone, for DYNAMODB_ENDPOINT
  localstack                  a deploy to the emulator at AWS_ENDPOINT_URL
`;

const names = readCommandLine('npm test', USAGE, (args) => {
  if (args.includes('--help')) return 'help';
  const unknown = args.find((name) => !Object.hasOwn(CHECKS, name) && !name.includes('.test.'));
  if (unknown === undefined) return args.length > 0 ? args : DEFAULT_CHECKS;
  throw new UsageError(`a check must be one of ${Object.keys(CHECKS).join(', ')}, got "${unknown}"`);
});

await ensureBuilt();
for (const name of names) {
  process.stdout.write(`\n== ${name}\n`);
  const startMillis = performance.now();
  const counts = await (CHECKS[name] ?? (() => tests([], [name])))();
  const seconds = Math.round((performance.now() - startMillis) / 1000);
  const { pass, fail, skipped } = counts;
  process.stdout.write(`== ${name}: ${pass} passed, ${fail} failed, ${skipped} skipped in ${seconds} s\n`);
  const { TEST_RESULTS } = process.env;
  if (TEST_RESULTS) await appendFile(TEST_RESULTS, `${JSON.stringify({ name, seconds, ...counts })}\n`);
  if (fail > 0) process.exitCode = 1;
}

async function programs(...commands: readonly (readonly string[])[]): Promise<Counts> {
  const codes = await Promise.all(commands.map(([program = '', ...args]) => run(`node_modules/.bin/${program}`, args)));
  return codes.every((code) => code === 0) ? { pass: 1, fail: 0, skipped: 0 } : { pass: 0, fail: 1, skipped: 0 };
}

async function tests(options: readonly string[], files: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-test-'));
  try {
    const results = join(folder, 'results.json');
    const code = await run(process.execPath, [
      '--test',
      '--test-timeout=120000',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=./test/support/count-reporter.ts',
      `--test-reporter-destination=${results}`,
      ...options,
      ...files,
    ]);
    const counts = JSON.parse(await readFile(results, 'utf8')) as Counts;
    // A run that fails although no test did, or that ran none, has failed.
    return (code === 0 && counts.pass > 0) || counts.fail > 0 ? counts : { ...counts, fail: 1 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the exit code */
async function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
