// The gateway of the gateway benchmark in its own process, so that the process's CPU and memory are the gateway's
// alone. Answers questions of its parent: its URLs, the ids of its connections, and the CPU and memory that it has
// used.

import { UNTHROTTLED } from '../../local/gateway/limits.ts';
import { startTestGateway } from '../support/test-gateway.ts';

export interface Answers {
  address: { readonly socketUrl: string; readonly endpoint: string };
  connectionIds: string[];
  /** CPU time since the process started: `user` and `system`, in microseconds. */
  cpu: NodeJS.CpuUsage;
  memory: Memory;
}

export interface Memory {
  readonly rssBytes: number;
  /** V8's heap, and the buffers and C++ objects outside of it that V8 counts. */
  readonly heapBytes: number;
  readonly connections: number;
}

export type Question = keyof Answers;

/** Limits the list, so that the connections of the cycles do not fill memory. Posts need no more ids. */
const MAX_CONNECTION_IDS = 10_000;
const connectionIds: string[] = [];
const { socketUrl, endpoint, gateway } = await startTestGateway(
  { after: () => {} },
  {
    $connect: ({ requestContext }) => {
      if (connectionIds.length < MAX_CONNECTION_IDS) connectionIds.push(requestContext.connectionId);
      return { statusCode: 200 };
    },
  },
  { limits: UNTHROTTLED },
);

const answers: { readonly [Q in Question]: () => Answers[Q] } = {
  address: () => ({ socketUrl, endpoint }),
  connectionIds: () => connectionIds,
  cpu: () => process.cpuUsage(),
  memory() {
    // Collect garbage first (`node --expose-gc`), so that only live memory is measured.
    for (let run = 0; run < 3; run++) globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBytes: rss, heapBytes: heapUsed + external, connections: gateway.connectionCount };
  },
};
process.on('message', (question: Question) => process.send?.(answers[question]()));
process.on('disconnect', () => process.exit());
