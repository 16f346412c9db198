// The queues whose messages start the runners. A message may carry a delay, so a runner can ask for its successor and return.
// Each shard has a queue and an event source mapping of its own: a mapping begins with few concurrent batches, and a batch lasts
// as long as its runner, so shards would wait for each other in a common queue.

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WakeQueuesProps {
  /** One queue each. */
  readonly shards: number;
  /** Timeout of the function that the messages start. Lambda refuses a mapping whose queue has a shorter visibility timeout. */
  readonly targetTimeout: Duration;
  /** Gets the messages that failed three times. */
  readonly deadLetterQueue: Queue;
}

/** Attempts to run a message, throttled ones included. SQS counts a receive for each. */
const MAX_RECEIVES = 3;

/** Longest delay that a runner asks for: a guard arrives at most two intervals of 60 seconds after it was sent. */
const MAX_DELAY = Duration.minutes(2);

export class WakeQueues extends Construct {
  /** By shard. */
  readonly queues: readonly Queue[];

  constructor(scope: Construct, id: string, { shards, targetTimeout, deadLetterQueue }: WakeQueuesProps) {
    super(scope, id);
    // A failed message stays invisible for the timeout, and moves to the dead letters at the receive after the last attempt.
    // A message that expires before is lost without a trace. It is harmless to run an old message: its runner reads the relay first.
    const retentionSeconds = MAX_DELAY.toSeconds() + MAX_RECEIVES * targetTimeout.toSeconds();
    const retentionPeriod = Duration.minutes(Math.ceil(retentionSeconds / 60));
    this.queues = Array.from(
      { length: shards },
      (_, shard) =>
        new Queue(this, `Shard${shard}`, {
          encryption: QueueEncryption.SQS_MANAGED,
          enforceSSL: true,
          retentionPeriod,
          visibilityTimeout: targetTimeout,
          deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
        }),
    );
  }

  /** URLs by shard, separated by commas. */
  get urls(): string {
    return this.queues.map(({ queueUrl }) => queueUrl).join(',');
  }

  /** Allows sending, alone or in batches. `grantSendMessages` would allow reading the queues' attributes as well. */
  grantSend(sender: IFunction): void {
    sender.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: this.#arns }));
  }

  /** Each message invokes the function once, alone. To be called once. */
  start(target: IFunction): void {
    // Less than `SqsEventSource` allows; Lambda asks for no more.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    target.addToRolePolicy(new PolicyStatement({ actions, resources: this.#arns }));
    this.queues.forEach(({ queueArn }, shard) => {
      const mapping = new EventSourceMapping(this, `Mapping${shard}`, {
        target,
        eventSourceArn: queueArn,
        batchSize: 1,
      });
      // Lambda refuses a mapping whose role may not read the queue.
      if (target.role !== undefined) mapping.node.addDependency(target.role);
    });
  }

  get #arns(): string[] {
    return this.queues.map(({ queueArn }) => queueArn);
  }
}
