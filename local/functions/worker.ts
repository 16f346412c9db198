// The inside of one Lambda environment: a thread that imports the handler once, serves one invocation at a time, and is
// frozen from its answer to the next event, with all that the handler did not await.

import { parentPort, workerData } from 'node:worker_threads';

export interface WorkerInput {
  /** File URL of the module that exports the handler. */
  readonly handlerUrl: string;
  /** Where in the module's exports the handler is. @default ['handler'] */
  readonly handlerPath?: readonly string[];
  readonly functionName: string;
  /** One word of shared memory: how many events were sent. The next one thaws the thread. */
  readonly sent: Int32Array<SharedArrayBuffer>;
}

export interface InvocationMessage {
  readonly requestId: string;
  readonly event: unknown;
  /** Epoch. */
  readonly deadlineMillis: number;
}

export type InvocationAnswer =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: string };

const { handlerUrl, handlerPath = ['handler'], functionName, sent } = workerData as WorkerInput;
const found = handlerPath.reduce((value, name) => value?.[name], await import(handlerUrl));
// A route of a module may be its handler or an object that holds it.
const handler = typeof found === 'function' ? found : found?.handler;
if (typeof handler !== 'function') throw new Error(`there is no function at ${handlerPath.join('.')} of ${handlerUrl}`);
// From nodejs24.x on; the text is ours.
if (handler.length >= 3)
  throw new Error(`${handlerPath.join('.')} takes a callback: since Node.js 24 a handler must be async`);

parentPort?.on('message', async ({ requestId, event, deadlineMillis }: InvocationMessage) => {
  const sentSoFar = Atomics.load(sent, 0);
  const context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env.AWS_REGION}:000000000000:function:${functionName}`,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMillis - Date.now()),
  };
  parentPort?.postMessage(await run(event, context));
  await Promise.all([process.stdout, process.stderr].map(flush));
  // Not when the next event is here already.
  Atomics.wait(sent, 0, sentSoFar);
});

async function run(event: unknown, context: object): Promise<InvocationAnswer> {
  try {
    // Lambda returns JSON, so what JSON drops is dropped here too.
    const value: unknown = await handler(event, context);
    return { kind: 'returned', value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { kind: 'threw', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** What the handler wrote leaves this thread by its event loop. */
function flush(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
