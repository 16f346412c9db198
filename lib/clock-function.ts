// One Lambda function of the clock: Node 24 on Arm, with a role of its own. Without further grants the role may write
// to the function's log group only.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type FunctionProps, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConfigEnvironment, FunctionName } from '../lambdas/config.ts';
import { DEFAULT_HANDLER_MEMORY } from '../protocol/limits.ts';
import { functionCode } from './assets.ts';

export interface ClockFunctionProps<Name extends FunctionName>
  extends Pick<FunctionProps, 'memorySize' | 'timeout' | 'onFailure' | 'description' | 'recursiveLoop'> {
  /** Name of the handler's module in lambdas/handlers, without its extension. */
  readonly entry: Name;
  readonly environment: ConfigEnvironment<Name>;
  /** In MiB. Lambda allocates CPU in proportion. @default 256 */
  readonly memorySize?: number;
  /** @default Duration.seconds(10) */
  readonly timeout?: Duration;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

export class ClockFunction<Name extends FunctionName> extends LambdaFunction {
  constructor(scope: Construct, id: string, props: ClockFunctionProps<Name>) {
    const {
      entry,
      environment,
      memorySize = DEFAULT_HANDLER_MEMORY,
      timeout = Duration.seconds(10),
      logRetention,
      ...others
    } = props;
    super(scope, id, {
      ...others,
      code: functionCode(entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      timeout,
      environment: { ...(environment as Record<string, string>) },
      // A run for an event that is a minute old, or a retry, would only compete with its successor.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      ...ownLogs(scope, id, logRetention),
    });
  }
}

/** Replaces Lambda's managed policy, which would allow the function to write to every log group of the account. */
export function ownLogs(scope: Construct, id: string, retention = RetentionDays.ONE_MONTH) {
  const logGroup = new LogGroup(scope, `${id}Logs`, { retention, removalPolicy: RemovalPolicy.DESTROY });
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return { logGroup, role };
}
