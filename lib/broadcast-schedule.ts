// Invokes the broadcast function once a minute for one shard, EventBridge Scheduler's smallest step; the relay makes
// seconds of it.

import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';

export interface BroadcastScheduleProps {
  readonly target: IFunction;
  /** From 0. */
  readonly shard: number;
}

export class BroadcastSchedule extends Schedule {
  constructor(scope: Construct, id: string, { target, shard }: BroadcastScheduleProps) {
    super(scope, id, {
      description: `Starts a runner of the clock each minute, for shard ${shard}`,
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new LambdaInvoke(target, {
        input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime, shard }),
        // By default a failed minute would be repeated for a day.
        retryAttempts: 0,
        maxEventAge: Duration.seconds(60),
      }),
    });
  }
}
