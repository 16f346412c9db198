// Acknowledges where the stack departs from cdk-nag's AwsSolutions rules, and why. Each acknowledgement is next to
// its construct.

import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** @param findings reasons by rule, or by rule with one finding in brackets, such as `{ 'L1': '…' }` */
export function acknowledge(construct: IConstruct, findings: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(findings)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
  }
}

/** Acknowledges this one ARN with a wildcard in a policy, and no other wildcard.
 *  @param construct the policy or one that holds it, such as the role */
export function acknowledgeWildcard(construct: IConstruct, arn: string, reason: string): void {
  acknowledge(construct, { [`IAM5[Resource::${flatten(Stack.of(construct).resolve(arn))}]`]: reason });
}

/** @returns the resource as cdk-nag names it: `{ Ref: 'Api' }` is `<Api>` */
function flatten(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const { Ref: id, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resolved as Record<string, unknown>;
  if (Array.isArray(join)) return join[1].map(flatten).join(join[0]);
  return `<${Array.isArray(attribute) ? attribute.join('.') : id}>`;
}
