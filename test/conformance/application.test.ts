// Against the local platform always, and against a deployed clock when TICKCAST_SOCKET_URL names its WebSocket.

import { after } from 'node:test';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { describeApplication } from './application.ts';

let local: LocalPlatform | undefined;
after(() => local?.dispose());

describeApplication('the local platform', async () => {
  local = await startLocal();
  return local.socketUrl;
});

const { TICKCAST_SOCKET_URL: deployedUrl } = process.env;
if (deployedUrl) describeApplication(deployedUrl, async () => deployedUrl);
