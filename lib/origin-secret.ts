// The secret that CloudFront sends to `$connect`. Secrets Manager generates it when the stack is created. The
// distribution and the function's environment refer to it, so the template does not contain it.
// docs/decisions/0010-public-stack.md compares the alternatives and says how to change the secret.

import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './nag.ts';

export class OriginSecret extends Secret {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Tickcast: CloudFront sends it to $connect, which refuses handshakes without it',
      // Characters that a header can hold without encoding.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(this, {
      SMG4: 'Only a deployment can give a new value to both sides, so it is changed by a deployment. It protects no data; it only keeps handshakes from bypassing the WAF.',
    });
  }
}
