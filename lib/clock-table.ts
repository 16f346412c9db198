// The table of connections and relay items. lambdas/aws/table.ts shows its items.

import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { TABLE_KEYS } from '../lambdas/aws/table.ts';

export class ClockTable extends TableV2 {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: { name: TABLE_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: TABLE_KEYS.sort, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE_KEYS.timeToLive,
      billing: Billing.onDemand(),
      // DynamoDB's own key. With a KMS key, each read and write of a tick would be a billed request to KMS.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // The table holds nothing that outlives a connection.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
