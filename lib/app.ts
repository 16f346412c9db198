// An app whose constructs behave as new projects are advised to have them.

import { App } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { ConfigError } from '../protocol/settings.ts';

/** @param context beside the recommended feature flags, such as `interval` */
export function makeApp(context: Record<string, unknown> = {}): App {
  return new App({ context: { ...recommendedFlags, ...context } });
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
