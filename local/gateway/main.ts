// `npm run gateway -- --routes <module>`: API Gateway's WebSocket APIs on this machine, for anyone's functions.
// routes-module.ts says what the module exports. The functions' output goes to stderr.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parsePort } from '../command-line.ts';
import { CREDENTIALS, REGION } from '../deployment.ts';
import { UNTHROTTLED } from './limits.ts';
import { checkDescription, DescriptionError, type ModuleRoutes, routesOf } from './routes-module.ts';
import { type RunningGateway, startGateway } from './start-gateway.ts';

const USAGE = `Usage: npm run gateway -- --routes <module> [options]

  --routes <module>  describes the API: stage, routes and their functions (docs/gateway.md)
  --port <number>    port to listen on, 0 for any free one (default 3001)
  --stage <name>     instead of the module's (default dev)
  --unthrottled      lifts AWS's limits on requests and new connections a second
  --help             print this
`;

/** What the functions need to sign @connections requests that the gateway takes. */
const FUNCTION_VARIABLES = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

let running: RunningGateway | undefined;
let functions: ModuleRoutes | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
try {
  await start();
} catch (error) {
  process.stderr.write(`gateway: ${explain(error as NodeJS.ErrnoException)}\n`);
  process.exit(1);
}

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      routes: { type: 'string' },
      port: { type: 'string', default: '3001' },
      stage: { type: 'string' },
      unthrottled: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.routes === undefined) {
    process.stdout.write(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const port = parsePort(values.port);
  const moduleUrl = pathToFileURL(resolve(values.routes)).href;
  const module = await load(moduleUrl);
  const description = checkDescription({
    ...module.default,
    ...(values.stage !== undefined && { stage: values.stage }),
  });
  const { stage = 'dev', routeSelectionExpression, stageVariables = {} } = description;
  const variables = { ...inheritedVariables(), ...FUNCTION_VARIABLES };
  functions = routesOf(description, moduleUrl, variables, (text) => process.stderr.write(text));
  running = await startGateway({
    stage,
    stageVariables,
    ...(routeSelectionExpression !== undefined && { routeSelectionExpression }),
    routes: functions.routes,
    port,
    credentials: CREDENTIALS,
    region: REGION,
    limits: values.unthrottled ? UNTHROTTLED : {},
  });
  process.stdout.write(
    `WebSocket     ${running.socketUrl}\n@connections  ${running.endpoint} (access key ${CREDENTIALS.accessKeyId}, ` +
      `secret ${CREDENTIALS.secretAccessKey}, region ${REGION})\nCtrl-C stops it\n`,
  );
}

async function stop(): Promise<void> {
  // Together: a handshake may wait for a function.
  await Promise.all([running?.dispose(), functions?.dispose()]);
  process.exit(0);
}

/** @throws {DescriptionError} saying what is wrong in the module, and where */
async function load(moduleUrl: string): Promise<{ readonly default?: object }> {
  try {
    return await import(moduleUrl);
  } catch (error) {
    const { message = String(error), stack = '' } = (error ?? {}) as Partial<Error>;
    const [place = moduleUrl] = /file:\/\/[^\s)]+/.exec(stack) ?? [];
    throw new DescriptionError(`${message.split('\n', 1)[0]} (${place})`);
  }
}

/** All but the developer's own way to AWS, which the SDK would prefer; services may have endpoints of their own. */
function inheritedVariables(): Record<string, string> {
  const isInherited = ([name]: [string, unknown]) => !name.startsWith('AWS_') || name.startsWith('AWS_ENDPOINT_URL_');
  return Object.fromEntries(Object.entries(process.env as Record<string, string>).filter(isInherited));
}

/** One line. */
function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the port is taken; choose another with --port, or 0 for any free one';
  return error.message.split('\n', 1)[0] ?? '';
}
