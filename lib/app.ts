// An app whose constructs behave as new projects are advised to have them.

import { App } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };

/** @param context beside the recommended feature flags, such as `interval` */
export function makeApp(context: Record<string, unknown> = {}): App {
  return new App({ context: { ...recommendedFlags, ...context } });
}
