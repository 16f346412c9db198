// Runs against the local platform, and against a deployed clock if TICKCAST_SOCKET_URL is its WebSocket URL.

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
