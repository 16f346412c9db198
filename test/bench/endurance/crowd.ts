// All viewers lose their connections at the same time and reconnect. Prints how long that takes and the peak memory.

import { startLocal } from '../../../local/start-local.ts';
import { Child } from '../child.ts';
import { formatTable } from '../table.ts';
import type { CrowdReport } from './crowd-clients.ts';

/** The client makes its first reconnect attempt within this time. */
const RECONNECT_SPREAD_MILLIS = 2_000;

const SAMPLE_MILLIS = 50;
const MAX_MEBIBYTES = 1_024;
const MEBIBYTE = 2 ** 20;

/** @returns whether the resident memory of the platform stayed below 1 GiB */
export async function runCrowd({ viewers }: { viewers: number }): Promise<boolean> {
  const platform = await startLocal({ host: '127.0.0.1' });
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() / MEBIBYTE);
  }, SAMPLE_MILLIS);
  const args = [platform.socketUrl, String(viewers), String(RECONNECT_SPREAD_MILLIS)];
  const child = new Child(new URL('./crowd-clients.ts', import.meta.url), { args });
  try {
    const { returnedMillis, refused } = await child.message<CrowdReport>();
    const figures = { viewers, 'all back after s': returnedMillis / 1_000, refused, 'peak MiB': peak };
    process.stdout.write(formatTable([figures]));
    return peak < MAX_MEBIBYTES;
  } finally {
    clearInterval(sampling);
    await child.stop();
    await platform.dispose();
  }
}
