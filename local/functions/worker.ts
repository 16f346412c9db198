// The thread of one execution environment. It imports the handler once and serves one invocation at a time. From its
// answer until the next event it is frozen, with all work that the handler did not await.

import { parentPort, workerData } from 'node:worker_threads';

export interface WorkerInput {
  /** File URL of the module that exports the function `handler`. */
  readonly handlerUrl: string;
  /** Shared memory with the number of events that were sent. The next event ends the freeze. */
  readonly sent: Int32Array<SharedArrayBuffer>;
}

export interface InvocationMessage {
  readonly requestId: string;
  readonly event: unknown;
  /** Timeout of the function. It starts when the handler is called. */
  readonly timeoutMillis: number;
}

/** The first message of a thread means that the handler is loaded. Each further one is the answer to an invocation. */
export type WorkerMessage = { readonly kind: 'started' } | InvocationAnswer;

export type InvocationAnswer =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: string };

const { handlerUrl, sent } = workerData as WorkerInput;
const { handler } = await import(handlerUrl);
if (typeof handler !== 'function') throw new Error(`${handlerUrl} exports no function "handler"`);
// nodejs24.x refuses handlers by the same criterion. Its error text is different.
if (handler.length >= 3) {
  const error = new Error('the handler takes a callback: since Node.js 24 a handler must be async');
  error.name = 'Runtime.CallbackHandlerDeprecated';
  throw error;
}
const { env } = process;

parentPort?.on('message', async ({ requestId, event, timeoutMillis }: InvocationMessage) => {
  const sentSoFar = Atomics.load(sent, 0);
  const deadlineMillis = performance.now() + timeoutMillis;
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
  const context = {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: `arn:aws:lambda:${env.AWS_REGION}:000000000000:function:${env.AWS_LAMBDA_FUNCTION_NAME}`,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMillis - performance.now()),
  };
  send(await run(event, context));
  await Promise.all([process.stdout, process.stderr].map(flush));
  // Do not freeze if the next event has already arrived.
  Atomics.wait(sent, 0, sentSoFar);
});
send({ kind: 'started' });

function send(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function run(event: unknown, context: object): Promise<InvocationAnswer> {
  try {
    // Lambda returns JSON, so values that JSON omits are omitted here too.
    const value: unknown = await handler(event, context);
    return { kind: 'returned', value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { kind: 'threw', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Waits until the output of the handler has left this thread, which needs the event loop. */
function flush(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
