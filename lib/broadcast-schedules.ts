// Invokes the broadcast function once a minute for each shard, which is EventBridge Scheduler's shortest period.
// Runners send the ticks within the minute, and start each other by messages (wake-queues.ts). The schedule starts a
// runner if no message does.

import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface BroadcastSchedulesProps {
  readonly target: IFunction;
  /** Number of shards. Each has one schedule. */
  readonly shards: number;
  /** Queue for invocations that the scheduler could not deliver. */
  readonly deadLetterQueue: IQueue;
}

export class BroadcastSchedules extends Construct {
  constructor(scope: Construct, id: string, { target, shards, deadLetterQueue }: BroadcastSchedulesProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Otherwise a schedule in another account could use the role.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }));
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }));

    for (let shard = 0; shard < shards; shard++) {
      const schedule = new Schedule(this, `Shard${shard}`, {
        description: `Starts a runner of the clock each minute, for shard ${shard}`,
        schedule: ScheduleExpression.rate(Duration.minutes(1)),
        target: new LambdaInvoke(target, {
          // The default would also allow every version and alias of the function.
          role: role.withoutPolicyUpdates(),
          input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime, shard }),
          deadLetterQueue,
          // By default a failed invocation would be retried for a day.
          retryAttempts: 0,
          maxEventAge: Duration.seconds(60),
        }),
      });
      // The first invocation may come as soon as the schedule exists.
      schedule.node.addDependency(role);
    }
  }
}
