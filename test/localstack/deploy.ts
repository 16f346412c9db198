// `npm run deploy:localstack` and `npm run destroy:localstack`: the clock on the emulator at AWS_ENDPOINT_URL. Arguments are
// settings: `npm run deploy:localstack -- interval=5 shards=2`.

import { bootstrap, deploy, destroy, ENDPOINT, identify } from './emulator.ts';

const APP = 'test/localstack/clock-app.ts';

/** @returns the exit code */
export async function deployClock(args: readonly string[]): Promise<number> {
  return report(async () => {
    const { context, name, unknownTypes } = await prepare(args);
    await bootstrap();
    const outputs = await deploy(APP, context);
    if (unknownTypes.length > 0) console.log(`Left out, because ${name} does not know it: ${unknownTypes.join(', ')}`);
    console.log(`WebSocket: ${outputs.EmulatorSocketUrl}`);
    if (outputs.EmulatorPageUrl !== undefined) console.log(`Page: ${outputs.EmulatorPageUrl}`);
  });
}

/** @returns the exit code */
export async function destroyClock(args: readonly string[]): Promise<number> {
  return report(async () => {
    const { context } = await prepare(args);
    await destroy(APP, context);
    console.log(`Removed from ${ENDPOINT}`);
  });
}

async function prepare(args: readonly string[]) {
  const pairs = args.map((argument) => argument.split('=', 2));
  const wrong = pairs.find(([name, value]) => !name || value === undefined);
  if (wrong !== undefined) throw new Error(`arguments must be <name>=<value>, such as interval=5, got "${wrong[0]}"`);
  const { name, endpointInside, unknownTypes } = await identify();
  const context = {
    // No CloudFront of the emulator adds it: a browser connects straight to the API.
    originSecret: 'false',
    ...Object.fromEntries(pairs),
    endpoint: endpointInside,
    outerEndpoint: ENDPOINT,
    leaveOut: unknownTypes.join(','),
  };
  return { name, unknownTypes, context };
}

async function report(work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}
