// The gateway of the bench in a process of its own, so that what it uses is the gateway's alone. Answers its parent's
// questions: where it is, who is connected, and what it has used.

import { UNTHROTTLED } from '../../local/gateway/limits.ts';
import { startTestGateway } from '../support/test-gateway.ts';

export interface Answers {
  address: { readonly socketUrl: string; readonly endpoint: string };
  connectionIds: string[];
  /** Since the process began: `user` and `system`, in microseconds. */
  cpu: NodeJS.CpuUsage;
  memory: Memory;
}

export interface Memory {
  readonly rssBytes: number;
  /** V8's heap, and the buffers and C++ objects outside it that V8 knows of. */
  readonly heapBytes: number;
  readonly connections: number;
}

export type Question = keyof Answers;

/** Enough to post to; the cycles come and go. */
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
    // `node --expose-gc`: garbage is no part of what a connection holds.
    for (let run = 0; run < 3; run++) globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBytes: rss, heapBytes: heapUsed + external, connections: gateway.connectionCount };
  },
};
process.on('message', (question: Question) => process.send?.(answers[question]()));
process.on('disconnect', () => process.exit());
