// A CDK app with the feature flags that the CDK recommends for new projects.

import { App, type Environment } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { ConfigError } from '../protocol/settings.ts';

/** @param context values in addition to the recommended feature flags, such as `interval` */
export function makeApp(context: Record<string, unknown> = {}): App {
  return new App({ context: { ...recommendedFlags, ...context } });
}

/** Account and region of the credentials, if the CDK's command line knows them. If the region is known, synthesis
 *  refuses what the region lacks, and uses API Gateway's quota of that region.
 *  @see https://docs.aws.amazon.com/cdk/v2/guide/configure-env.html */
export function environmentOf(env: NodeJS.ProcessEnv): Environment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = env;
  return { ...(account && { account }), ...(region && { region }) };
}

/** Runs the rest of an app's program. A wrong property is reported in one line, and nothing is synthesized. */
export function orRefuse<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
