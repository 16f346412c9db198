// The emulator at AWS_ENDPOINT_URL, and deployments to it with the CDK command.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as ministack from './ministack.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const { AWS_ENDPOINT_URL = 'http://localhost:4566' } = process.env;

export const ENDPOINT = AWS_ENDPOINT_URL.replace(/\/$/, '');
export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Environment of commands, so that they reach the emulator instead of AWS. */
export const ENVIRONMENT = {
  AWS_ENDPOINT_URL: ENDPOINT,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

/** Returns the URLs of the stage for this machine, instead of those of execute-api. */
export function stageUrls(apiId: string, stage: string): { socketUrl: string; endpoint: string } {
  const endpoint = `${ENDPOINT}/_aws/execute-api/${apiId}/${stage}`;
  return { socketUrl: endpoint.replace(/^http/, 'ws'), endpoint };
}

export interface Emulator {
  readonly name: string;
  /** Endpoint of the emulator for its functions. */
  readonly endpointInside: string;
  /** Differences from AWS by case of the conformance suite. */
  readonly lacks: Readonly<Record<string, string>>;
  /** Differences from AWS by case of the queue suite. */
  readonly queueLacks: Readonly<Record<string, string>>;
  /** Tests of the stack that cannot run on it, with the reasons. */
  readonly notShown: Readonly<Record<string, string>>;
  readonly unknownTypes: readonly string[];
}

/** Identifies the emulator by its own description. LocalStack is assumed to emulate everything, so missing features
 *  show as failures. */
export async function identify(): Promise<Emulator> {
  const response = await fetch(`${ENDPOINT}/_ministack/health`).catch((error: Error) => error);
  if (response instanceof Error) {
    throw new Error(`there is no emulator at ${ENDPOINT} (AWS_ENDPOINT_URL): ${response.cause ?? response.message}`);
  }
  if (!response.ok) {
    // From its documentation, not tested.
    const endpointInside = 'http://localhost.localstack.cloud:4566';
    return { name: 'LocalStack', endpointInside, lacks: {}, queueLacks: {}, notShown: {}, unknownTypes: [] };
  }
  const { LACKS, NOT_SHOWN, QUEUE_LACKS, UNKNOWN_TYPES } = ministack;
  return {
    name: 'MiniStack',
    endpointInside: ENDPOINT,
    lacks: LACKS,
    queueLacks: QUEUE_LACKS,
    notShown: NOT_SHOWN,
    unknownTypes: UNKNOWN_TYPES,
  };
}

const run = promisify(execFile);

/** @param args arguments of the CDK command
 *  @throws Error with the output of the command, if it fails */
async function cdk(...args: readonly string[]): Promise<void> {
  // Never use the developer's own account: `destroy` runs without a confirmation.
  const { AWS_PROFILE, AWS_SESSION_TOKEN, ...others } = process.env;
  const env = {
    ...others,
    ...ENVIRONMENT,
    PATH: [join(PROJECT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  };
  await run('cdk', args, { cwd: PROJECT, env }).catch((error) => {
    throw new Error(`cdk ${args.join(' ')}\n${error.stdout}${error.stderr}`);
  });
}

export function bootstrap(): Promise<void> {
  return cdk('bootstrap', `aws://000000000000/${REGION}`);
}

/** @param app module that creates the CDK app @returns outputs of its only stack */
export async function deploy(app: string, context: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-deploy-'));
  try {
    const outputs = join(folder, 'outputs.json');
    const options = ['--require-approval', 'never', '--outputs-file', outputs, '--output', join(folder, 'cdk.out')];
    await cdk('deploy', '--all', ...appOptions(app, context), ...options);
    const stacks: Record<string, Record<string, string>> = JSON.parse(await readFile(outputs, 'utf8'));
    return Object.values(stacks)[0] ?? {};
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function destroy(app: string, context: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-destroy-'));
  try {
    await cdk('destroy', '--all', '--force', ...appOptions(app, context), '--output', folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns options of the CDK command */
export function appOptions(app: string, context: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['--app', `node ${app}`, ...pairs];
}
