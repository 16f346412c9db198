// `npm run deploy:localstack`: deploys the clock to the emulator at AWS_ENDPOINT_URL and leaves it there. Arguments are CDK
// context: `npm run deploy:localstack -- interval=5 shards=2`.

import { bootstrap, deploy, ENDPOINT, identify } from './emulator.ts';

const pairs = process.argv.slice(2).map((argument) => argument.split('=', 2));
const wrong = pairs.find(([name, value]) => !name || value === undefined);
try {
  if (wrong !== undefined) throw new Error(`arguments must be <name>=<value>, such as interval=5, got "${wrong[0]}"`);
  const { name, endpointInside, unknownTypes } = await identify();
  await bootstrap();
  const context = { ...Object.fromEntries(pairs), endpoint: endpointInside, leaveOut: unknownTypes.join(',') };
  const outputs = await deploy('test/localstack/clock-app.ts', context);
  if (unknownTypes.length > 0) console.log(`Left out, for ${name} does not know them: ${unknownTypes.join(', ')}`);
  for (const [key, value] of Object.entries(outputs)) console.log(`${key} = ${value}`);
  const api = outputs.ConnectionsEndpoint?.match(/^https:\/\/([^.]+)\./)?.[1];
  console.log(`On ${name} the WebSocket is ${ENDPOINT.replace(/^http/, 'ws')}/_aws/execute-api/${api}/websocket`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
