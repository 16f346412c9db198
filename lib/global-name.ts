// A name for what an account has once, whatever the region: CloudFront's policies and access controls.

import { Names, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** CloudFront's shortest limit, that of an access control, less a hyphen and the longest name of a region. */
const MAX_LENGTH = 64 - 1 - 16;

/** @param id unique within the scope
 *  @returns with the names of stack and region, or the same stack could not be deployed in a second region; CDK's own names lack
 *  the region. At most 64 characters. */
export function globalName(scope: Construct, id: string): string {
  const name = Names.uniqueResourceName(scope, { maxLength: MAX_LENGTH - 1 - id.length });
  return `${name}-${id}-${Stack.of(scope).region}`;
}
