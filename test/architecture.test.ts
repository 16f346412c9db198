// Tests that the lint rules keep the layers apart, and that the lockfile is portable.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const importing = (from: string) => `import { x } from '${from}';\nx();\n`;

/** Path and source of a file. */
const accepted: [string, string][] = [
  ['protocol', importing('./tick.ts')],
  ['lambdas/domain', importing('./ports.ts')],
  ['lambdas/domain', importing('../../protocol/tick.ts')],
  ['lambdas/aws', importing('../domain/ports.ts')],
  ['lambdas/handlers', importing('@aws-sdk/client-dynamodb')],
  ['local', importing('../lambdas/config.ts')],
  ['local/gateway', importing('ws')],
  ['lib', importing('../lambdas/aws/table.ts')],
  ['lib', importing('../cost/monthly-cost.ts')],
  ['cost', importing('../protocol/limits.ts')],
  ['commands', importing('../lambdas/domain/connection.ts')],
  ['commands', importing('../local/start-local.ts')],
  ['web/src', importing('../../protocol/tick.ts')],
  ['web/src/client', importing('../../../protocol/messages.ts')],
  ['web/src/client', importing('./ports.ts')],
  ['web/src/client/platform.ts', 'export const now = () => performance.now();\n'],
];

const rejected: [string, string][] = [
  ['protocol', importing('../lambdas/config.ts')],
  ['protocol', importing('node:crypto')],
  ['lambdas', importing('../local/start-local.ts')],
  ['lambdas/aws', importing('../../lib/site.ts')],
  ['lambdas', importing('../commands/cost.ts')],
  ['lambdas/domain', importing('@aws-sdk/client-dynamodb')],
  ['lambdas/domain', importing('node:crypto')],
  ['lambdas/domain', importing('../aws/clients.ts')],
  ['lambdas/domain', importing('../config.ts')],
  ['lambdas/domain', 'export const now = () => Date.now();\n'],
  ['lambdas/domain', 'export const now = () => performance.now();\n'],
  ['lambdas/domain', 'export const env = () => process.env.TABLE_NAME;\n'],
  ['lambdas/domain', 'export const later = (f: () => void) => setTimeout(f, 1);\n'],
  ['lambdas/domain', 'export const id = () => crypto.randomUUID();\n'],
  ['lambdas/domain', 'export const chance = () => Math.random();\n'],
  ['lambdas/domain', 'export const now = () => new globalThis.Date();\n'],
  ['cost', importing('../lib/site.ts')],
  ['cost', importing('aws-cdk-lib')],
  ['local', importing('../lib/site.ts')],
  ['local', importing('../lambdas/domain/relay.ts')],
  ['local/gateway', importing('../../lambdas/aws/clients.ts')],
  ['lib', importing('../local/deployment.ts')],
  ['bin', importing('../local/deployment.ts')],
  ['commands', importing('../lib/site.ts')],
  ['commands', importing('../lambdas/handlers/connect.ts')],
  ['web/src', importing('../../lambdas/config.ts')],
  ['web/src', importing('../../local/site.ts')],
  ['web/src/client', importing('../message-log.ts')],
  ['web/src/client', importing('some-package')],
  ['web/src/client', 'export const now = () => performance.now();\n'],
  ['web/src/client', 'export const seen = () => document.visibilityState;\n'],
  ['web/src/client', 'export const chance = () => Math.random();\n'],
];

describe('lint rules between layers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-lint-'));
  after(() => rmSync(folder, { recursive: true }));

  const cases = [...accepted, ...rejected].map(([path, source], index) => ({
    source,
    isRejected: index >= accepted.length,
    file: path.endsWith('.ts') ? path : `${path}/case-${index}.ts`,
  }));
  for (const { file, source } of cases) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const diagnostics = lint(folder);

  for (const { file, source, isRejected } of cases) {
    it(`${isRejected ? 'reject' : 'accept'} in ${dirname(file)}: ${source.split('\n', 1)}`, () => {
      const rules = diagnostics.filter(({ path }) => path === file).map(({ category }) => category);
      assert.deepEqual(rules, isRejected ? [ruleFor(source)] : []);
    });
  }
});

function ruleFor(source: string): string {
  if (source.startsWith('import')) return 'lint/style/noRestrictedImports';
  return source.includes('Math.random') ? 'plugin' : 'lint/style/noRestrictedGlobals';
}

/** @returns the findings of the project's own rules for the files in the folder */
function lint(folder: string): { readonly path: string; readonly category: string }[] {
  for (const file of ['biome.json', 'scripts/no-random.grit']) cpSync(project(file), join(folder, file));
  const args = [project('node_modules/@biomejs/biome/bin/biome'), 'lint', '--vcs-enabled=false', '--reporter=json'];
  const { diagnostics } = JSON.parse(outputOf(args, folder));
  // biome-ignore lint/suspicious/noExplicitAny: Biome's own format
  return diagnostics.map(({ location, category }: any) => ({ path: location.path.file ?? location.path, category }));
}

/** Biome exits with 1 if it has findings. */
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

  it('names no host, so packages come from the registry that npm is configured for', () => {
    const pinned = Object.entries<{ resolved?: string }>(packages).filter(([, { resolved }]) => resolved !== undefined);

    assert.deepEqual(pinned, []);
  });

  it('contains the Node package of every platform, so npm ci works on all of them', () => {
    const { optionalDependencies } = packages[''];

    assert.equal(Object.keys(optionalDependencies).length, 5);
    for (const [name, version] of Object.entries(optionalDependencies)) {
      assert.equal(packages[`node_modules/${name}`]?.version, version);
      assert.match(packages[`node_modules/${name}`].integrity, /^sha512-/);
    }
  });
});
