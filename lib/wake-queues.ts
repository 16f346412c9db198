// The queues whose messages start runners. A message may have a delay, so a runner can call its successor and return.
// Each shard has its own queue and event source mapping. A mapping starts with few concurrent batches, and a batch
// lasts as long as its runner, so shards with a common queue would wait for each other.

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WakeQueuesProps {
  /** Number of shards. Each has one queue. */
  readonly shards: number;
  /** Timeout of the function that the messages start. Lambda refuses a mapping whose queue has a shorter visibility
   *  timeout. */
  readonly targetTimeout: Duration;
  /** Queue for messages that failed three times. */
  readonly deadLetterQueue: Queue;
}

/** Attempts for one message, throttled ones included. SQS counts a receive for each. */
const MAX_RECEIVES = 3;

/** Longest delay of a message: a guard arrives at most two intervals of 60 seconds after it was sent. */
const MAX_DELAY = Duration.minutes(2);

export class WakeQueues extends Construct {
  /** By shard. */
  readonly queues: readonly Queue[];

  constructor(scope: Construct, id: string, { shards, targetTimeout, deadLetterQueue }: WakeQueuesProps) {
    super(scope, id);
    // A failed message stays invisible for the timeout. At the receive after its last attempt it moves to the
    // dead-letter queue. A message that expires before that is lost and not reported. An old message does no harm,
    // because its runner reads the relay first.
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

  /** Allows sending messages. `grantSendMessages` would also allow reading the queues' attributes. */
  grantSend(sender: IFunction): void {
    sender.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: this.#arns }));
  }

  /** Each message invokes the function once, alone. Call it once. */
  start(target: IFunction): void {
    // Fewer permissions than `SqsEventSource` grants. Lambda needs no more.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    target.addToRolePolicy(new PolicyStatement({ actions, resources: this.#arns }));
    this.queues.forEach(({ queueArn }, shard) => {
      const mapping = new EventSourceMapping(this, `Mapping${shard}`, {
        target,
        eventSourceArn: queueArn,
        batchSize: 1,
      });
      // Lambda refuses a mapping if the role may not read the queue.
      if (target.role !== undefined) mapping.node.addDependency(target.role);
    });
  }

  get #arns(): string[] {
    return this.queues.map(({ queueArn }) => queueArn);
  }
}
