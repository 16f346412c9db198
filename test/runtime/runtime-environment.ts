// One execution environment: a process with AWS's Lambda runtime client, which loads the unpacked function. Its only
// variables are those that Lambda sets, those of the template and the endpoints of the local services.
// `.ci/on-lambda-runtime` builds the client.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import { runtimeVariables } from '../../local/functions/runtime-variables.ts';
import { ACCOUNT_ID } from '../../local/queue/queue-api.ts';
import type { DeployedFunction } from './deployed-functions.ts';
import { type Outcome, RuntimeApi } from './runtime-api.ts';

/** Path of index.mjs in aws-lambda-ric. */
const { LAMBDA_RUNTIME_CLIENT } = process.env;

export class RuntimeEnvironment {
  readonly fn: DeployedFunction;
  /** Lines that the function has written to stdout and stderr. */
  readonly lines: string[] = [];
  /** Highest resident memory at the end of the last invocation, in MiB. Undefined on systems without /proc. */
  peakMegabytes: number | undefined;
  readonly #api: RuntimeApi;
  readonly #child: ChildProcess;

  private constructor(fn: DeployedFunction, api: RuntimeApi, child: ChildProcess) {
    this.fn = fn;
    this.#api = api;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface(stream).on('line', (line) => this.lines.push(line));
    }
    child.on('close', (code, signal) => api.fail(`the process ended with ${signal ?? code}: ${this.lines.join('\n')}`));
  }

  /** Resolves when the function has loaded.
   *  @param variables endpoints of the local services
   *  @throws Error if the function does not load */
  static async start(fn: DeployedFunction, variables: Readonly<Record<string, string>>): Promise<RuntimeEnvironment> {
    assert.ok(LAMBDA_RUNTIME_CLIENT, 'LAMBDA_RUNTIME_CLIENT must be the path of index.mjs in aws-lambda-ric');
    const api = await RuntimeApi.start();
    const { name: functionName, memoryMegabytes, folder, handler } = fn;
    const env = {
      ...runtimeVariables({ functionName, memoryMegabytes, region: REGION }),
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      // The credentials of a function's role always have a session token.
      AWS_SESSION_TOKEN: crypto.randomUUID(),
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_LAMBDA_RUNTIME_API: api.address,
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
      ...fn.variables,
      ...variables,
    };
    const child = spawn(process.execPath, [LAMBDA_RUNTIME_CLIENT], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const environment = new RuntimeEnvironment(fn, api, child);
    try {
      await api.loaded;
    } catch (error) {
      await environment.dispose();
      throw error;
    }
    return environment;
  }

  /** Runs one invocation at a time. Others wait. Never rejects.
   *  @param timeoutMillis @default - the timeout of the template */
  async invoke(event: unknown, timeoutMillis = this.fn.timeoutMillis): Promise<Outcome> {
    const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${this.fn.name}`;
    const outcome = await this.#api.invoke({ event, functionArn, deadlineMillis: Date.now() + timeoutMillis });
    this.#readPeak();
    return outcome;
  }

  /** Lines that consist of one JSON object, which CloudWatch needs for metrics. */
  get records(): Record<string, unknown>[] {
    return this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  async dispose(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'close');
    }
    this.#api.dispose();
  }

  #readPeak(): void {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
      if (kibibytes !== undefined) this.peakMegabytes = Math.ceil(Number(kibibytes) / 1024);
    } catch {
      // The process has ended, or this is not Linux.
    }
  }
}
