// Runs a function in a thread of its own. The test runner tracks each promise of its own thread, which doubles the CPU of a
// simulation: a worker has no such hooks.

import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** @param module whose exports the function is among
 *  @param args that can be cloned
 *  @throws what the function throws, as an Error with the same message and stack */
export async function inWorker(module: URL, name: string, ...args: readonly unknown[]): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { module: module.href, name, args },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [error] = (await once(worker, 'message')) as [Error | undefined];
  await worker.terminate();
  if (error !== undefined) throw error;
}

if (!isMainThread && workerData?.module !== undefined) {
  const { module, name, args } = workerData;
  const exported = await import(module);
  const error = await exported[name](...args).then(
    () => undefined,
    (cause: Error) => Object.assign(new Error(cause.message), { stack: cause.stack }),
  );
  parentPort?.postMessage(error);
}
