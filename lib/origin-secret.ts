// The secret between CloudFront and `$connect`: made up by Secrets Manager when the stack is created, and put into the
// distribution and into the function's environment by reference, so that the template does not show it.
// docs/decisions/0010-public-stack.md weighs the alternatives and tells how to change it.

import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './nag.ts';

export class OriginSecret extends Secret {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Tickcast: CloudFront shows it to $connect, which refuses whoever does not have it',
      // What a header can hold as it is.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(this, {
      SMG4: 'Both who know it are told by a deployment, so it is changed by one. It opens no data, only the way past the WAF.',
    });
  }
}
