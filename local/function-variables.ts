// The environment of a local function: what the stack sets, and what Lambda itself sets.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

import { devNull } from 'node:os';
import type { ConfigEnvironment, FunctionName } from '../lambdas/config.ts';
import { CREDENTIALS, FUNCTIONS, REGION } from './deployment.ts';

/** Kept from the developer's own environment: nothing. A function sees this and no more. */
export function functionVariables<Name extends FunctionName>(
  functionName: Name,
  config: ConfigEnvironment<Name>,
  dynamoDbEndpoint: string,
): Record<string, string> {
  return {
    ...config,
    ...lambdaVariables(functionName),
    // Only here: they lead the AWS clients to the stand-ins, and away from the developer's own AWS configuration.
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}

function lambdaVariables(functionName: FunctionName): Record<string, string> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(FUNCTIONS[functionName].memoryMegabytes),
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}
