// Measures what a cold start loads: the size of each function's bundle, and the time that a fresh process needs to
// import it. The time to import an empty module is subtracted. `npm run bench -- --only imports`

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../../commands/build/sources.ts';
import type { ConfigEnvironments, FunctionName } from '../../lambdas/config.ts';
import { FUNCTIONS } from '../../local/deployment.ts';
import { functionVariables } from '../../local/function-variables.ts';
import { runtimeVariables } from '../../local/functions/runtime-variables.ts';
import { bundle } from './bundle.ts';
import { Child } from './child.ts';
import type { ImportCosts } from './import-client.ts';
import { median, round } from './statistics.ts';
import type { Row } from './table.ts';

export interface ImportsOptions {
  /** Number of imports of each bundle. */
  readonly repetitions: number;
  /** Temporary folder for the bundles. */
  readonly folder: string;
  progress(text: string): void;
}

/** Times are medians, minus the time to import an empty module. */
export interface ImportFigures {
  readonly function: FunctionName;
  readonly bundleKilobytes: number;
  readonly cpuMillis: number;
  readonly wallMillis: number;
}

const WAKE_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/wake';

/** Variables as in a deployment. The benchmark only imports the functions, so no endpoint is called. */
const ENVIRONMENTS: ConfigEnvironments = {
  connect: {
    TABLE_NAME: 'tickcast',
    INTERVAL_SECONDS: '1',
    SHARDS: '1',
    ALLOWED_ORIGINS: 'https://clock.example',
    ORIGIN_REQUIRED: 'false',
    ORIGIN_SECRET: 'none',
    MAX_VIEWERS: '20000',
    MAX_VIEWERS_PER_ADDRESS: 'unlimited',
    WAKE_QUEUE_URLS: WAKE_QUEUE_URL,
  },
  disconnect: { TABLE_NAME: 'tickcast' },
  message: {},
  broadcast: {
    TABLE_NAME: 'tickcast',
    INTERVAL_SECONDS: '1',
    SHARDS: '1',
    MAX_VIEWERS_PER_ADDRESS: 'unlimited',
    WAKE_QUEUE_URLS: WAKE_QUEUE_URL,
    CONNECTIONS_ENDPOINT: 'https://api.execute-api.us-east-1.amazonaws.com/prod',
    POOL_SIZE: '200',
    POSTS_PER_SECOND: '8000',
    REFUSE_WRONG_CLOCK: 'true',
  },
};

/** Endpoint of the table. It is never called. */
const UNUSED_ENDPOINT = 'http://127.0.0.1:1';

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

export async function measureImports({ repetitions, folder, progress }: ImportsOptions): Promise<ImportFigures[]> {
  const empty = pathToFileURL(join(folder, 'empty.cjs'));
  writeFileSync(empty, '\n');
  const client = await bundle({
    entry: new URL('./import-client.ts', import.meta.url),
    folder,
    name: 'import-client',
  });
  const bundles = new Map<FunctionName | undefined, URL>([[undefined, empty]]);
  await ensureBuilt();
  for (const name of NAMES) bundles.set(name, new URL(`../../${FUNCTIONS[name].entry}`, import.meta.url));

  const costs = new Map<FunctionName | undefined, ImportCosts[]>();
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    progress(`imports, round ${repetition} of ${repetitions}`);
    for (const [name, file] of bundles) {
      const run = new Child(client, { args: [file.href], env: name && variablesOf(name) });
      costs.set(name, [...(costs.get(name) ?? []), await run.message<ImportCosts>()]);
      await run.stop();
    }
  }
  const medianOf = (name: FunctionName | undefined, figure: keyof ImportCosts) =>
    median((costs.get(name) ?? []).map((cost) => cost[figure]));
  return NAMES.map((name) => ({
    function: name,
    bundleKilobytes: round(statSync(bundles.get(name) ?? empty).size / 1_000, 1),
    cpuMillis: round(medianOf(name, 'cpuMillis') - medianOf(undefined, 'cpuMillis'), 1),
    wallMillis: round(medianOf(name, 'wallMillis') - medianOf(undefined, 'wallMillis'), 1),
  }));
}

function variablesOf(functionName: FunctionName): Record<string, string> {
  return { ...functionVariables(ENVIRONMENTS[functionName], UNUSED_ENDPOINT), ...runtimeVariables({ functionName }) };
}

export function importRows(figures: readonly ImportFigures[]): Row[] {
  return figures.map((figure) => ({
    function: figure.function,
    'bundle kB': figure.bundleKilobytes,
    'import CPU ms': figure.cpuMillis,
    'import wall ms': figure.wallMillis,
  }));
}
