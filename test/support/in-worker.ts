// Runs a function in a worker thread. The test runner tracks each promise of its own thread, which doubles the CPU time
// of a simulation. A worker has no such hooks.

import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

interface Answer<Result> {
  readonly result: Result;
  readonly error?: Error;
}

/** @param module module that exports the function
 *  @param args arguments; they and the result must be cloneable
 *  @throws Error with message and stack of the error that the function throws */
export async function runInWorker<Result>(module: URL, name: string, ...args: readonly unknown[]): Promise<Result> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { module: module.href, name, args },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`the worker ended with ${code} before it had a result`);
  });
  ended.catch(() => {});
  const [{ result, error }] = await Promise.race([once(worker, 'message') as Promise<[Answer<Result>]>, ended]);
  await worker.terminate();
  if (error !== undefined) throw error;
  return result;
}

if (!isMainThread && workerData?.module !== undefined) {
  const { module, name, args } = workerData;
  const exported = await import(module);
  const answer = await exported[name](...args).then(
    (result: unknown) => ({ result }),
    ({ message, stack, cause }: Error) => ({ error: Object.assign(new Error(message, { cause }), { stack }) }),
  );
  parentPort?.postMessage(answer);
}
