// One Lambda function of the clock: Node 24 on Arm, bundled as one CommonJS module with the AWS SDK in it.

import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConfigEnvironment, FunctionName } from '../lambdas/config.ts';
import { BUNDLING } from './bundling.ts';

export interface ClockFunctionProps<Name extends FunctionName> {
  /** Name of the handler's module in lambdas/, without its extension. */
  readonly entry: Name;
  readonly environment: ConfigEnvironment<Name>;
  /** In MiB; Lambda gives CPU in proportion. @default 256 */
  readonly memorySize?: number;
  /** @default Duration.seconds(10) */
  readonly timeout?: Duration;
}

export class ClockFunction<Name extends FunctionName> extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ClockFunctionProps<Name>) {
    super(scope, id, {
      entry: fileURLToPath(new URL(`../lambdas/${props.entry}.ts`, import.meta.url)),
      depsLockFilePath: fileURLToPath(new URL('../package-lock.json', import.meta.url)),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout ?? Duration.seconds(10),
      environment: { ...(props.environment as Record<string, string>) },
      // A setting of the SDK's second version.
      awsSdkConnectionReuse: false,
      // An event that is a minute old, or was tried already, would only compete with its successor.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      // CommonJS: an ES module that imports one name of a built-in module loads all that the module would load lazily,
      // which costs a cold start a quarter of its CPU.
      bundling: { ...BUNDLING, format: OutputFormat.CJS },
      logGroup: new LogGroup(scope, `${id}Logs`, {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
  }
}
