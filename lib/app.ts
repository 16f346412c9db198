// An app whose constructs behave as new projects are advised to have them.

import { App, type Environment } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { ConfigError } from '../protocol/settings.ts';

/** @param context beside the recommended feature flags, such as `interval` */
export function makeApp(context: Record<string, unknown> = {}): App {
  return new App({ context: { ...recommendedFlags, ...context } });
}

/** Account and region of the credentials, as far as the CDK's command line knows them. With a region, synthesis refuses what it
 *  lacks, and API Gateway's quota there is known.
 *  @see https://docs.aws.amazon.com/cdk/v2/guide/configure-env.html */
export function environmentOf(env: NodeJS.ProcessEnv): Environment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = env;
  return { ...(account && { account }), ...(region && { region }) };
}

/** Runs the rest of an app's program. What is wrong with its properties is said in one line, and nothing is synthesized. */
export function orRefuse<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
