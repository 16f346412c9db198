// Where the stack departs from cdk-nag's AwsSolutions rules, and why: each acknowledgement stands beside what it is about.

import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** @param findings the rule, or one finding of it in brackets, and the reason; such as `{ 'L1': '…' }` */
export function acknowledge(construct: IConstruct, findings: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(findings)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
  }
}

/** Acknowledges that a policy allows what an ARN with a wildcard names, and no other wildcard.
 *  @param construct the policy or one that holds it, such as the role */
export function acknowledgeWildcard(construct: IConstruct, arn: string, reason: string): void {
  acknowledge(construct, { [`IAM5[Resource::${flatten(Stack.of(construct).resolve(arn))}]`]: reason });
}

/** As cdk-nag names a resource: `{ Ref: 'Api' }` is `<Api>`. */
function flatten(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const { Ref: id, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resolved as Record<string, unknown>;
  if (Array.isArray(join)) return join[1].map(flatten).join(join[0]);
  return `<${Array.isArray(attribute) ? attribute.join('.') : id}>`;
}
