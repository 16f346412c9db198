// Estimates the size of a function's environment before CloudFormation has named the resources in it. Estimates are
// never too small.

import { Names, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Lambda's limit for the JSON of all variables of a function: its error message contains that JSON.
 *  @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *  @see https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594 */
export const MAX_ENVIRONMENT_BYTES = 4_096;

const MAX_TABLE_NAME = 255;
const MAX_QUEUE_NAME = 80;

/** At least as long as the suffix that CloudFormation appends to a name. */
const RANDOM_SUFFIX = '-0123456789ABC';

/** URL of a queue without its name, with the longest region and domain. */
const QUEUES = 'https://sqs.cn-northwest-1.amazonaws.com.cn/123456789012/';

/** At least as long as the origin of a distribution without a domain of its own. */
const DISTRIBUTION_ORIGIN = 'https://d0123456789abcdef.cloudfront.net';

/** Length of the secret that the site generates. */
const SECRET_LENGTH = 48;

export interface StandInsProps {
  readonly table: Construct;
  readonly queues: readonly Construct[];
}

/** @returns placeholders for the variables that are known at deployment only, at least as long as their values */
export function standIns({ table, queues }: StandInsProps) {
  return {
    TABLE_NAME: generatedName(table, MAX_TABLE_NAME),
    WAKE_QUEUE_URLS: queues.map((queue) => QUEUES + generatedName(queue, MAX_QUEUE_NAME)).join(','),
    ORIGIN_SECRET: 'x'.repeat(SECRET_LENGTH),
  };
}

/** Bytes of `ALLOWED_ORIGINS`. */
export function bytesOfOrigins(origins: readonly string[]): number {
  const known = origins.map((origin) => (Token.isUnresolved(origin) ? DISTRIBUTION_ORIGIN : origin));
  return Buffer.byteLength(known.join(','));
}

export function bytesOfEnvironment(environment: Readonly<Record<string, string>>): number {
  return Buffer.byteLength(JSON.stringify(environment));
}

/** @returns a name at least as long as the one that CloudFormation will generate */
function generatedName(resource: Construct, maxLength: number): string {
  const { stackName } = Stack.of(resource);
  // A nested stack's name is generated as well.
  if (Token.isUnresolved(stackName)) return 'x'.repeat(maxLength);
  // The unique id is the logical id with the id of the stack before it.
  return `${stackName}-${Names.uniqueId(resource)}${RANDOM_SUFFIX}`.slice(0, maxLength);
}
