// The environment variables that Lambda itself sets for every function.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime

export interface RuntimeSettings {
  readonly functionName: string;
  /** @default 128 */
  readonly memoryMegabytes?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
}

const ENVIRONMENT_ID_BYTES = 16;

export function runtimeVariables({ functionName, memoryMegabytes = 128, region = 'us-east-1' }: RuntimeSettings) {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const environmentId = Buffer.from(crypto.getRandomValues(new Uint8Array(ENVIRONMENT_ID_BYTES))).toString('hex');
  return {
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${environmentId}`,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}
