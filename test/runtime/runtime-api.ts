// Lambda's Runtime API for one execution environment. The runtime client requests the next event and posts the result.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback.ts';

export interface Invocation {
  readonly event: unknown;
  readonly functionArn: string;
  /** Unix time in milliseconds. */
  readonly deadlineMillis: number;
}

export type Outcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: string };

interface Pending extends Invocation {
  readonly requestId: string;
  readonly settle: (outcome: Outcome) => void;
}

const ROOT = '/2018-06-01/runtime';

export class RuntimeApi {
  /** Host and port, for the variable AWS_LAMBDA_RUNTIME_API. */
  address = '';
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #loaded = Promise.withResolvers<void>();
  readonly #queue: Pending[] = [];
  #running: Pending | undefined;
  /** The request of the runtime client that waits for the next event. */
  #waiting: ServerResponse | undefined;

  static async start(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    api.address = new URL(await listenOnLoopback(api.#server)).host;
    api.#loaded.promise.catch(() => {});
    return api;
  }

  /** Resolves when the client requests its first event. Rejects if the function does not load. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  /** Never rejects. */
  invoke(invocation: Invocation): Promise<Outcome> {
    return new Promise((settle) => {
      this.#queue.push({ ...invocation, requestId: crypto.randomUUID(), settle });
      this.#deliver();
    });
  }

  /** Fails the running and all waiting invocations, because the process of the client has ended. */
  fail(error: string): void {
    this.#loaded.reject(new Error(error));
    for (const { settle } of [...(this.#running ? [this.#running] : []), ...this.#queue.splice(0)]) {
      settle({ kind: 'threw', error });
    }
    this.#running = undefined;
  }

  dispose(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${ROOT}/invocation/next`) {
      this.#loaded.resolve();
      this.#waiting = response;
      this.#deliver();
      return;
    }
    const body = await text(request);
    const [, requestId, kind] = url.match(/\/invocation\/([\w-]+)\/(response|error)$/) ?? [];
    response.statusCode = 202;
    if (url === `${ROOT}/init/error`) this.#loaded.reject(new Error(body));
    else if (requestId === undefined || requestId !== this.#running?.requestId) response.statusCode = 400;
    else {
      this.#running.settle(
        kind === 'response' ? { kind: 'returned', value: JSON.parse(body) } : { kind: 'threw', error: body },
      );
      this.#running = undefined;
    }
    response.setHeader('content-type', 'application/json').end('{"status":"OK"}');
  }

  #deliver(): void {
    if (this.#waiting === undefined || this.#running !== undefined) return;
    this.#running = this.#queue.shift();
    if (this.#running === undefined) return;
    const { requestId, deadlineMillis, functionArn, event } = this.#running;
    const headers = {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': requestId,
      'Lambda-Runtime-Deadline-Ms': String(deadlineMillis),
      'Lambda-Runtime-Invoked-Function-Arn': functionArn,
      'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
    };
    this.#waiting.writeHead(200, headers).end(JSON.stringify(event));
    this.#waiting = undefined;
  }
}
