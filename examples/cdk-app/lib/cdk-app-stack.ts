import * as cdk from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { TickcastClock } from 'tickcast/cdk';

export class CdkAppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);

    const clock = new TickcastClock(this, 'Clock', {
      maxViewers: 500,
      allowedOrigins: ['https://www.example'],
    });
    new cdk.CfnOutput(this, 'Socket', { value: clock.socketUrl });
  }
}
