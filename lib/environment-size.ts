// The size of a function's environment, estimated before CloudFormation has named the resources in it.

import { Names, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Bytes of all variables of a function together. Lambda measures their JSON: its error message contains it.
 *  @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *  @see https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594 */
export const MAX_ENVIRONMENT_BYTES = 4_096;

const MAX_TABLE_NAME = 255;
const MAX_QUEUE_NAME = 80;

/** As long as what CloudFormation appends to a name, or longer. */
const RANDOM_SUFFIX = '-0123456789ABC';

/** URL of a queue without its name, with the longest region and suffix. */
const QUEUES = 'https://sqs.cn-northwest-1.amazonaws.com.cn/123456789012/';

/** As long as a distribution's own origin, or longer. */
const DISTRIBUTION_ORIGIN = 'https://d0123456789abcdef.cloudfront.net';

/** Length of the secret that the site makes. */
const SECRET_LENGTH = 48;

export interface StandInsProps {
  readonly table: Construct;
  readonly queues: readonly Construct[];
}

/** @returns stand-ins for the variables that a deployment fills in, as long or longer */
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

/** @returns a name as long as the one that CloudFormation generates, or longer */
function generatedName(resource: Construct, maxLength: number): string {
  const { stackName } = Stack.of(resource);
  // A nested stack's name is generated as well.
  if (Token.isUnresolved(stackName)) return 'x'.repeat(maxLength);
  // The unique id is the logical id with the stack's own id in front.
  return `${stackName}-${Names.uniqueId(resource)}${RANDOM_SUFFIX}`.slice(0, maxLength);
}
