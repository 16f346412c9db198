// The alarms of a deployed clock. They use plain metrics only, because emulators do not support metric math.

import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { MONTH_SECONDS, monthlyCost } from '../cost/monthly-cost.ts';
import type { ClockMetrics } from './clock-metrics.ts';
import { postsPerSecond } from './quotas.ts';
import type { ClockSettings, TickcastClock } from './tickcast-clock.ts';

export interface ClockAlarmsProps {
  readonly clock: TickcastClock;
  readonly metrics: ClockMetrics;
  /** Topic that gets a message when an alarm starts and ends. @default - no messages; the console shows the alarms */
  readonly topic?: ITopic;
}

/** From the boundary until API Gateway has accepted a viewer's copy. */
const MAX_AGE = Duration.seconds(1);

/** Factor by which the posts of a full shard may take longer than their pace requires. */
const PACING_SLACK = 1.1;

/** More refused handshakes than this in five minutes are not an accident. */
const MANY_REFUSALS = 10;

/** Requests that API Gateway refuses in five minutes, above the usual number from scanners. */
const MANY_CLIENT_ERRORS = 100;

/** Factor over the messages that all viewers need in an average hour: all of them may reconnect in one hour. */
const HEADROOM = 1.5;

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator;

export class ClockAlarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, { clock, metrics, topic }: ClockAlarmsProps) {
    super(scope, id);
    const { shards } = clock.settings;
    const ofShards = Array.from({ length: shards }, (_, shard) => this.#ofShard(shard, clock, metrics)).flat();
    this.all = [...ofShards, ...this.#ofAll(clock, metrics)];
    if (topic !== undefined) {
      const action = new SnsAction(topic);
      for (const alarm of this.all) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
  }

  #ofShard(shard: number, clock: TickcastClock, metrics: ClockMetrics): Alarm[] {
    const suffix = clock.settings.shards === 1 ? '' : String(shard);
    // A runner records its measurements after the first tick that comes a minute or more after its last record. So one
    // period may have no record although all is well: at one tick a minute, five periods have two or three records.
    const twoOfFive = { evaluationPeriods: 5, datapointsToAlarm: 2 };
    const periods = Math.floor((60 + clock.settings.intervalSeconds) / 60) + 1;
    const fiveMinutes = { period: Duration.minutes(5) };
    const { maxViewers, shards } = clock.settings;
    const pacedSeconds = maxViewers / shards / postsPerSecond(clock.requestQuota, shards);
    const maxAgeMillis = Math.max(MAX_AGE.toMilliseconds(), Math.ceil(PACING_SLACK * pacedSeconds * 1000));
    return [
      this.#alarm(`Silence${suffix}`, metrics.ofShard(shard, 'TicksSent', { statistic: Stats.SAMPLE_COUNT }), {
        alarmDescription: `Shard ${shard}: for ${periods} minutes no runner has reported that it sends ticks or that no viewer is connected.`,
        comparisonOperator: LESS_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: TreatMissingData.BREACHING,
      }),
      this.#alarm(`TicksMissed${suffix}`, metrics.ofShard(shard, 'TicksMissed'), {
        alarmDescription: `Shard ${shard}: in two of the last five minutes no viewer got a tick although viewers were connected. The outcomes of the posts in the log show whether API Gateway refuses them.`,
        ...twoOfFive,
      }),
      this.#alarm(`TicksLate${suffix}`, metrics.ofShard(shard, 'AgeP99', { statistic: Stats.MAXIMUM }), {
        alarmDescription: `Shard ${shard}: in two of the last five minutes one percent of the copies were older than ${maxAgeMillis} ms when API Gateway accepted them, or were not delivered. Add shards or memory, or look at the outcomes of the posts in the log.`,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        threshold: maxAgeMillis,
        ...twoOfFive,
      }),
      this.#alarm(`ClockErrors${suffix}`, metrics.ofShard(shard, 'ClockErrors', fiveMinutes), {
        alarmDescription: `Shard ${shard}: a runner found its clock wrong: two independent witnesses contradict it by more than a second. Another runner has been started. If every runner reports this, the witnesses may be wrong: with refuseWrongClock set to false the runners go on.`,
      }),
    ];
  }

  #ofAll(clock: TickcastClock, metrics: ClockMetrics): Alarm[] {
    const { maxViewers } = clock.settings;
    const period = Duration.minutes(5);
    const hour = Duration.hours(1);
    return [
      this.#alarm('Full', metrics.refusals('RefusedFull', { period }), {
        alarmDescription: `Viewers were refused: all ${maxViewers} places are taken, or all places of one address. This includes viewers who renew a connection; they keep the old one.`,
      }),
      this.#alarm('Forbidden', metrics.refusals('RefusedForbidden', { period }), {
        alarmDescription: `In five minutes ${MANY_REFUSALS} handshakes came from a page that is not allowed, or bypassed the site.`,
        threshold: MANY_REFUSALS,
      }),
      this.#alarm('Throttled', metrics.ofApi('ClientError', { period }), {
        alarmDescription: `In five minutes API Gateway refused ${MANY_CLIENT_ERRORS} handshakes or messages, usually because they exceed the throttle. Viewers may be unable to connect. A rate-based rule of WAF in front of the site can block the sender alone.`,
        threshold: MANY_CLIENT_ERRORS,
      }),
      // API Gateway's IntegrationError may also count refusals, which are answers with 4xx.
      this.#alarm('FailedHandshakes', clock.connect.metricErrors({ period }), {
        alarmDescription:
          'The $connect function failed: new viewers get 502, and the clock stops when the last viewer has left.',
      }),
      ...(['connect', 'message', 'disconnect', 'broadcast'] as const).map((name) =>
        this.#alarm(
          `Throttles${name.charAt(0).toUpperCase()}${name.slice(1)}`,
          clock[name].metricThrottles({ period }),
          {
            alarmDescription: `Lambda refused to run the function ${name}: the account’s concurrent executions are used up. A new account has 10 in all. Ask for more at Service Quotas.`,
          },
        ),
      ),
      this.#alarm('Cost', metrics.ofApi('MessageCount', { period: hour }), {
        alarmDescription: `In an hour 50 % more messages were billed than ${maxViewers} viewers need.`,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        threshold: Math.ceil((messagesOfMonth(clock.settings) / MONTH_SECONDS) * hour.toSeconds() * HEADROOM),
      }),
      // Counts the messages in the queue, because SQS does not count a message as sent when it moves it from a wake
      // queue. The alarm lasts until the queue is empty; a failed run stays for four days. Metrics of a queue that was
      // idle for six hours may be 15 minutes late.
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
      this.#alarm(
        'FailedRuns',
        clock.failedRuns.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
        {
          alarmDescription:
            'Runs were not delivered, failed, or were throttled three times. Read the queue for the cause, then purge it: the alarm lasts until it is empty.',
        },
      ),
    ];
  }

  /** By default one occurrence in one period starts the alarm. */
  #alarm(id: string, metric: Metric, options: Partial<CreateAlarmOptions>): Alarm {
    return metric.createAlarm(this, id, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
  }
}

/** Ticks, probes and answers of a month in which all places are taken. */
function messagesOfMonth({ maxViewers, ...settings }: ClockSettings): number {
  const { items } = monthlyCost({ viewers: maxViewers, ...settings });
  const messages = items.filter(({ service, what }) => service === 'API Gateway' && what !== 'connection minutes');
  return messages.reduce((sum, { quantity }) => sum + quantity, 0);
}
