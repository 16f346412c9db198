// One Lambda function of the clock: Node 24 on Arm, bundled as one CommonJS module with the AWS SDK in it, with a role of
// its own that may write to its own log group and, until it is granted more, nothing else.

import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConfigEnvironment, FunctionName } from '../lambdas/config.ts';
import { BUNDLING } from './bundling.ts';

export const LOCK_FILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));

export interface ClockFunctionProps<Name extends FunctionName>
  extends Pick<NodejsFunctionProps, 'memorySize' | 'timeout' | 'onFailure' | 'description'> {
  /** Name of the handler's module in lambdas/, without its extension. */
  readonly entry: Name;
  readonly environment: ConfigEnvironment<Name>;
  /** In MiB; Lambda gives CPU in proportion. @default 256 */
  readonly memorySize?: number;
  /** @default Duration.seconds(10) */
  readonly timeout?: Duration;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

export class ClockFunction<Name extends FunctionName> extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ClockFunctionProps<Name>) {
    const { entry, environment, memorySize = 256, timeout = Duration.seconds(10), logRetention, ...others } = props;
    super(scope, id, {
      ...others,
      entry: fileURLToPath(new URL(`../lambdas/${entry}.ts`, import.meta.url)),
      depsLockFilePath: LOCK_FILE,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      timeout,
      environment: { ...(environment as Record<string, string>) },
      // A setting of the SDK's second version.
      awsSdkConnectionReuse: false,
      // An event that is a minute old, or was tried already, would only compete with its successor.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      // CommonJS: an ES module that imports one name of a built-in module loads all that the module would load lazily,
      // which costs a cold start a quarter of its CPU.
      bundling: { ...BUNDLING, format: OutputFormat.CJS },
      ...ownLogs(scope, id, logRetention),
    });
  }
}

/** Instead of Lambda's managed policy, which would allow a function to write to every log group of the account. */
export function ownLogs(scope: Construct, id: string, retention = RetentionDays.ONE_MONTH) {
  const logGroup = new LogGroup(scope, `${id}Logs`, { retention, removalPolicy: RemovalPolicy.DESTROY });
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return { logGroup, role };
}
