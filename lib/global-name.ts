// Names for resources that are unique in an account across regions: CloudFront's policies and access controls.

import { Names, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** CloudFront's shortest limit (origin access control), minus a hyphen and the longest name of a region. */
const MAX_LENGTH = 64 - 1 - 16;

/** @param id unique within the scope
 *  @returns at most 64 characters with the names of stack and region. The CDK's default names lack the region, so the
 *  same stack could not be deployed in a second region. */
export function globalName(scope: Construct, id: string): string {
  const name = Names.uniqueResourceName(scope, { maxLength: MAX_LENGTH - 1 - id.length });
  return `${name}-${id}-${Stack.of(scope).region}`;
}
