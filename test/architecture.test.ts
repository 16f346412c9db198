// The lint rules that keep the layers apart, shown to refuse what they are there to refuse.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const use = (from: string) => `import { x } from '${from}';\nx();\n`;

/** Folder and source of a file. */
const accepted: [string, string][] = [
  ['protocol', use('./tick.ts')],
  ['lambdas/domain', use('./ports.ts')],
  ['lambdas/domain', use('../../protocol/tick.ts')],
  ['lambdas/aws', use('../domain/ports.ts')],
  ['lambdas/handlers', use('@aws-sdk/client-dynamodb')],
  ['local', use('../lambdas/config.ts')],
  ['local/gateway', use('ws')],
  ['lib', use('../lambdas/aws/table.ts')],
  ['lib', use('../cost/monthly-cost.ts')],
  ['cost', use('../protocol/limits.ts')],
  ['commands', use('../lambdas/domain/connection.ts')],
  ['commands', use('../local/start-local.ts')],
  ['web/src', use('../../protocol/tick.ts')],
  ['web/src/client', use('../../../protocol/messages.ts')],
  ['web/src/client', use('./ports.ts')],
  ['web/src/client/platform.ts', 'export const now = () => performance.now();\n'],
];

const refused: [string, string][] = [
  ['protocol', use('../lambdas/config.ts')],
  ['protocol', use('node:crypto')],
  ['lambdas', use('../local/start-local.ts')],
  ['lambdas/aws', use('../../lib/site.ts')],
  ['lambdas', use('../commands/cost.ts')],
  ['lambdas/domain', use('@aws-sdk/client-dynamodb')],
  ['lambdas/domain', use('node:crypto')],
  ['lambdas/domain', use('../aws/clients.ts')],
  ['lambdas/domain', use('../config.ts')],
  ['lambdas/domain', 'export const now = () => Date.now();\n'],
  ['lambdas/domain', 'export const now = () => performance.now();\n'],
  ['lambdas/domain', 'export const env = () => process.env.TABLE_NAME;\n'],
  ['lambdas/domain', 'export const later = (f: () => void) => setTimeout(f, 1);\n'],
  ['lambdas/domain', 'export const id = () => crypto.randomUUID();\n'],
  ['lambdas/domain', 'export const chance = () => Math.random();\n'],
  ['lambdas/domain', 'export const now = () => new globalThis.Date();\n'],
  ['cost', use('../lib/site.ts')],
  ['cost', use('aws-cdk-lib')],
  ['local', use('../lib/site.ts')],
  ['local', use('../lambdas/domain/relay.ts')],
  ['local/gateway', use('../../lambdas/aws/clients.ts')],
  ['lib', use('../local/deployment.ts')],
  ['bin', use('../local/deployment.ts')],
  ['commands', use('../lib/site.ts')],
  ['commands', use('../lambdas/handlers/connect.ts')],
  ['web/src', use('../../lambdas/config.ts')],
  ['web/src', use('../../local/site.ts')],
  ['web/src/client', use('../message-log.ts')],
  ['web/src/client', use('some-package')],
  ['web/src/client', 'export const now = () => performance.now();\n'],
  ['web/src/client', 'export const seen = () => document.visibilityState;\n'],
  ['web/src/client', 'export const chance = () => Math.random();\n'],
];

describe('the lint rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-lint-'));
  after(() => rmSync(folder, { recursive: true }));

  const cases = [...accepted, ...refused].map(([path, source], index) => ({
    source,
    isRefused: index >= accepted.length,
    file: path.endsWith('.ts') ? path : `${path}/case-${index}.ts`,
  }));
  for (const { file, source } of cases) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const complaints = lint(folder);

  for (const { file, source, isRefused } of cases) {
    it(`${isRefused ? 'refuse' : 'accept'} in ${dirname(file)}: ${source.split('\n', 1)}`, () => {
      const rules = complaints.filter(({ path }) => path === file).map(({ category }) => category);
      assert.deepEqual(rules, isRefused ? [ruleFor(source)] : []);
    });
  }
});

function ruleFor(source: string): string {
  if (source.startsWith('import')) return 'lint/style/noRestrictedImports';
  return source.includes('Math.random') ? 'plugin' : 'lint/style/noRestrictedGlobals';
}

/** @returns what the project's own rules say of the files in the folder */
function lint(folder: string): { readonly path: string; readonly category: string }[] {
  for (const file of ['biome.json', 'scripts/no-random.grit']) cpSync(project(file), join(folder, file));
  const args = [project('node_modules/@biomejs/biome/bin/biome'), 'lint', '--vcs-enabled=false', '--reporter=json'];
  const { diagnostics } = JSON.parse(outputOf(args, folder));
  // biome-ignore lint/suspicious/noExplicitAny: Biome's own format
  return diagnostics.map(({ location, category }: any) => ({ path: location.path.file ?? location.path, category }));
}

/** Biome exits with 1 when it has complaints. */
function outputOf(args: string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, [...args, '--max-diagnostics=none'], {
      cwd,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('the lockfile', () => {
  const { packages } = JSON.parse(readFileSync(project('package-lock.json'), 'utf8'));

  it('names no host: packages come from whatever registry the reader uses', () => {
    const named = Object.entries<{ resolved?: string }>(packages).filter(([, { resolved }]) => resolved !== undefined);

    assert.deepEqual(named, []);
  });

  it('has the Node of every platform, so that npm ci works on all of them', () => {
    const { optionalDependencies } = packages[''];

    assert.equal(Object.keys(optionalDependencies).length, 5);
    for (const [name, version] of Object.entries(optionalDependencies)) {
      assert.equal(packages[`node_modules/${name}`]?.version, version);
      assert.match(packages[`node_modules/${name}`].integrity, /^sha512-/);
    }
  });
});
