// `npm run deploy:localstack` and `npm run destroy:localstack`: deploy the clock to the emulator at AWS_ENDPOINT_URL
// and remove it. Arguments are settings: `npm run deploy:localstack -- interval=5 shards=2`.

import { bootstrap, deploy, destroy, type Emulator, ENDPOINT, identify } from './emulator.ts';

export const CLOCK_APP = 'test/localstack/clock-app.ts';

/** @param settings settings of the stack
 *  @returns the context of {@link CLOCK_APP} */
export function clockContext(
  { endpointInside, unknownTypes }: Emulator,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    // A browser connects directly to the API, without CloudFront, which would add the secret.
    originSecret: 'false',
    ...settings,
    endpoint: endpointInside,
    outerEndpoint: ENDPOINT,
    leaveOut: unknownTypes.join(','),
  };
}

/** @returns the exit code */
export async function deployClock(args: readonly string[]): Promise<number> {
  return report(async () => {
    const { context, name, unknownTypes } = await prepare(args);
    await bootstrap();
    const outputs = await deploy(CLOCK_APP, context);
    if (unknownTypes.length > 0) console.log(`Left out, because ${name} does not know it: ${unknownTypes.join(', ')}`);
    console.log(`WebSocket: ${outputs.EmulatorSocketUrl}`);
    if (outputs.EmulatorPageUrl !== undefined) console.log(`Page: ${outputs.EmulatorPageUrl}`);
  });
}

/** @returns the exit code */
export async function destroyClock(args: readonly string[]): Promise<number> {
  return report(async () => {
    const { context } = await prepare(args);
    await destroy(CLOCK_APP, context);
    console.log(`Removed from ${ENDPOINT}`);
  });
}

async function prepare(args: readonly string[]) {
  const pairs = args.map((argument) => argument.split('=', 2));
  const wrong = pairs.find(([name, value]) => !name || value === undefined);
  if (wrong !== undefined) throw new Error(`arguments must be <name>=<value>, such as interval=5, got "${wrong[0]}"`);
  const emulator = await identify();
  return { ...emulator, context: clockContext(emulator, Object.fromEntries(pairs)) };
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
