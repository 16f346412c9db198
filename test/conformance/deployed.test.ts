// Runs the suite on a deployed stage if its URLs are set (test/conformance/README.md).

import { readFileSync } from 'node:fs';
import { describeTarget } from './suite.ts';
import { deployedTarget } from './targets.ts';

const {
  PROBE_SOCKET_URL: socketUrl,
  PROBE_CONNECTIONS_ENDPOINT: endpoint,
  PROBE_LACKS: lacksFile,
  AWS_REGION: region = 'us-east-1',
  AWS_ACCESS_KEY_ID: accessKeyId = 'test',
  AWS_SECRET_ACCESS_KEY: secretAccessKey = 'test',
  AWS_SESSION_TOKEN: sessionToken,
} = process.env;

if (socketUrl && endpoint) {
  const lacks = lacksFile ? JSON.parse(readFileSync(lacksFile, 'utf8')) : {};
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  describeTarget(deployedTarget(socketUrl, lacks, { socketUrl, endpoint, region, credentials }));
}
