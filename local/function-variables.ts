// The environment of a local function beside what Lambda itself sets: what the stack sets, and the ways to the stand-ins.

import { devNull } from 'node:os';
import { CREDENTIALS } from './deployment.ts';

/** Kept from the developer's own environment: nothing. A function sees this and no more. */
export function functionVariables(
  config: Readonly<Record<string, string>>,
  dynamoDbEndpoint: string,
): Record<string, string> {
  return {
    ...config,
    // The credentials of the function's role.
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    // Only here: they lead the AWS clients to the stand-ins, and away from the developer's own AWS configuration.
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}
