// Measures a runner's cost for each row of the roster. The store lists connections from a table that answers at once.
// `npm run bench -- --only roster`

import { makeTableClient } from '../../lambdas/aws/clients.ts';
import { makeDynamoConnectionStore } from '../../lambdas/aws/dynamo-connection-store.ts';
import { PARTITION_COUNT } from '../../protocol/limits.ts';
import { Child } from './child.ts';
import { median, round } from './statistics.ts';
import type { StubTable } from './stub-table.ts';
import type { Row } from './table.ts';

export interface RosterOptions {
  readonly connections: readonly number[];
  progress(text: string): void;
}

export interface RosterFigures {
  readonly connections: number;
  /** CPU time of all threads of this process to list all connections. Median. */
  readonly cpuMillis: number;
  /** Median. */
  readonly wallMillis: number;
}

const WARM_UP = 3;
const REPETITIONS = 7;

const PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);

export async function measureRoster({ connections, progress }: RosterOptions): Promise<RosterFigures[]> {
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  const figures: RosterFigures[] = [];
  for (const count of connections) {
    progress(`roster, ${count} connections`);
    const table = new Child(new URL('./stub-table.ts', import.meta.url), {
      args: [String(Math.ceil(count / PARTITION_COUNT))],
    });
    const { endpoint } = await table.message<StubTable>();
    process.env.AWS_ENDPOINT_URL_DYNAMODB = endpoint;
    const store = makeDynamoConnectionStore(makeTableClient(), 'tickcast');
    const costs: { readonly cpuMillis: number; readonly wallMillis: number }[] = [];
    for (let repetition = 0; repetition < WARM_UP + REPETITIONS; repetition++) {
      const cpuBefore = process.cpuUsage();
      const wallBefore = performance.now();
      await store.list(PARTITIONS, Date.now());
      const { user, system } = process.cpuUsage(cpuBefore);
      costs.push({ cpuMillis: (user + system) / 1_000, wallMillis: performance.now() - wallBefore });
    }
    await table.stop();
    const warm = costs.slice(WARM_UP);
    figures.push({
      connections: count,
      cpuMillis: round(median(warm.map(({ cpuMillis }) => cpuMillis)), 1),
      wallMillis: round(median(warm.map(({ wallMillis }) => wallMillis)), 1),
    });
  }
  return figures;
}

export function rosterRows(figures: readonly RosterFigures[]): Row[] {
  return figures.map(({ connections, cpuMillis, wallMillis }) => ({
    connections,
    'CPU ms': cpuMillis,
    'CPU µs a row': round((cpuMillis * 1_000) / connections, 1),
    'wall ms': wallMillis,
  }));
}
