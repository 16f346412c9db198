// Measures the cost of a post: CPU and memory of our fan-out, of the AWS SDK's client and of unsigned undici. The stub
// gateway runs in its own process. `npm run bench -- --only fan-out --connections 1000 --rounds 3`

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { Child } from './child.ts';
import type { FanOutCosts } from './fan-out-client.ts';
import { SENDERS, type SenderName } from './senders/senders.ts';
import { median, round } from './statistics.ts';
import type { StubGateway } from './stub-gateway.ts';
import type { Row } from './table.ts';

export interface FanOutOptions {
  readonly connections: readonly number[];
  readonly rounds: number;
  /** Temporary folder for the bundle and the certificate. */
  readonly folder: string;
  progress(text: string): void;
}

/** Medians over the rounds, except `undelivered`. */
export interface FanOutFigures {
  readonly protocol: 'http' | 'tls';
  readonly connections: number;
  readonly sender: SenderName;
  readonly cpuMicrosPerPost: number;
  readonly postsPerCpuSecond: number;
  /** Ratio of posts per CPU second within a round. Above 1, this sender is cheaper than the SDK. */
  readonly ratioToSdk: number;
  /** As `ratioToSdk`, compared with unsigned undici. */
  readonly ratioToUndici: number;
  readonly wallMillis: number;
  /** CPU of the first fan-out in a fresh process. */
  readonly coldCpuMillis: number;
  readonly peakMemoryMegabytes: number;
  /** Posts of all rounds, cold ones included, that were refused or not answered in time. */
  readonly undelivered: number;
}

/** A process runs at least this many fan-outs, and enough of them to send at least this many posts. */
const MIN_FAN_OUTS = 5;
const MIN_POSTS = 20_000;

/** Share of a process's fan-outs that count as warm-up. */
const WARM_UP_SHARE = 0.4;

export async function measureFanOut(options: FanOutOptions): Promise<FanOutFigures[]> {
  const { connections, rounds, folder, progress } = options;
  const client = await bundle({
    entry: new URL('./fan-out-client.ts', import.meta.url),
    folder,
    name: 'fan-out-client',
  });
  const stub = new Child(new URL('./stub-gateway.ts', import.meta.url));
  try {
    const { endpoints, certificate } = await stub.message<StubGateway>();
    const certificateFile = join(folder, 'stub.pem');
    writeFileSync(certificateFile, certificate);
    const settings = connections.flatMap((count) =>
      (['http', 'tls'] as const).map((protocol) => ({ protocol, connections: count })),
    );
    const costs = new Map<string, FanOutCosts[]>();
    for (let number = 1; number <= rounds; number++) {
      for (const setting of settings) {
        for (const sender of SENDERS) {
          progress(`fan-out, round ${number} of ${rounds}: ${setting.connections} over ${setting.protocol}, ${sender}`);
          const fanOuts = Math.max(MIN_FAN_OUTS, Math.ceil(MIN_POSTS / setting.connections));
          const run = new Child(client, {
            args: [sender, endpoints[setting.protocol], String(setting.connections), String(fanOuts)],
            env: { NODE_EXTRA_CA_CERTS: certificateFile },
          });
          const key = JSON.stringify({ ...setting, sender });
          costs.set(key, [...(costs.get(key) ?? []), await run.message<FanOutCosts>()]);
          await run.stop();
        }
      }
    }
    return settings.flatMap((setting) => {
      const runsOf = (sender: SenderName) => costs.get(JSON.stringify({ ...setting, sender })) ?? [];
      return SENDERS.map((sender) => ({
        ...setting,
        sender,
        ...summarize(runsOf(sender), setting.connections),
        ratioToSdk: ratio(runsOf('SDK, all at once'), runsOf(sender)),
        ratioToUndici: ratio(runsOf('undici, unsigned'), runsOf(sender)),
      }));
    });
  } finally {
    await stub.stop();
  }
}

function summarize(runs: readonly FanOutCosts[], connections: number) {
  const cpuMicrosPerPost = median(runs.map(({ cpuMicros }) => warm(cpuMicros))) / connections;
  return {
    cpuMicrosPerPost: round(cpuMicrosPerPost, 1),
    postsPerCpuSecond: round(1_000_000 / cpuMicrosPerPost),
    wallMillis: round(median(runs.map(({ wallMillis }) => warm(wallMillis)))),
    coldCpuMillis: round(median(runs.map(({ cpuMicros }) => cpuMicros[0] ?? Number.NaN)) / 1_000),
    peakMemoryMegabytes: round(median(runs.map(({ peakMemoryBytes }) => peakMemoryBytes)) / 1_000_000),
    undelivered: runs.reduce((sum, run) => sum + run.undelivered, 0),
  };
}

function warm(values: readonly number[]): number {
  return median(values.slice(Math.floor(values.length * WARM_UP_SHARE)));
}

/** Compares runs of the same round only, because the speed of a shared machine changes between rounds.
 *  @returns the median of the rounds' ratios */
function ratio(others: readonly FanOutCosts[], runs: readonly FanOutCosts[]): number {
  return round(median(runs.map((run, index) => warm(others[index]?.cpuMicros ?? []) / warm(run.cpuMicros))), 2);
}

export function fanOutRows(figures: readonly FanOutFigures[]): Row[] {
  return figures.map((figure) => ({
    connections: figure.connections,
    over: figure.protocol,
    sender: figure.sender,
    'CPU µs/post': figure.cpuMicrosPerPost,
    'posts/CPU s': figure.postsPerCpuSecond,
    '× SDK': figure.ratioToSdk,
    '× undici': figure.ratioToUndici,
    'fan-out ms': figure.wallMillis,
    'cold CPU ms': figure.coldCpuMillis,
    'peak MB': figure.peakMemoryMegabytes,
    undelivered: figure.undelivered,
  }));
}
