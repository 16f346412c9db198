// Invokes the broadcast function once a minute, EventBridge Scheduler's smallest step; the relay makes seconds of it.

import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';

export interface BroadcastScheduleProps {
  readonly target: IFunction;
}

export class BroadcastSchedule extends Schedule {
  constructor(scope: Construct, id: string, { target }: BroadcastScheduleProps) {
    super(scope, id, {
      description: 'Starts a runner of the clock each minute',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new LambdaInvoke(target, {
        input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime }),
        // By default a failed minute would be repeated for a day.
        retryAttempts: 0,
        maxEventAge: Duration.seconds(60),
      }),
    });
  }
}
