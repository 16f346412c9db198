// What somebody should be told about a deployed clock. Plain metrics only: emulators know no arithmetic.

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
  /** Is told when an alarm begins and ends. @default - nobody is told; the console shows the alarms */
  readonly topic?: ITopic;
}

/** From the boundary until API Gateway has taken a viewer's copy. */
const MAX_AGE = Duration.seconds(1);

/** Factor on the time that the paced posts of a full shard take. */
const PACING_SLACK = 1.1;

/** Refused handshakes in five minutes that are no accident. */
const MANY_REFUSALS = 10;

/** What API Gateway refuses in five minutes beyond the knocks of scanners. */
const MANY_CLIENT_ERRORS = 100;

/** Over what all viewers need in an hour on average: all of them may come anew in one. */
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
    // A runner speaks after the first tick of a minute since the last time, so a period may have no word without harm: at one tick
    // a minute there are two or three words in five.
    const twoOfFive = { evaluationPeriods: 5, datapointsToAlarm: 2 };
    const periods = Math.floor((60 + clock.settings.intervalSeconds) / 60) + 1;
    const fiveMinutes = { period: Duration.minutes(5) };
    const { maxViewers, shards } = clock.settings;
    const pacedSeconds = maxViewers / shards / postsPerSecond(clock.requestQuota, shards);
    const maxAgeMillis = Math.max(MAX_AGE.toMilliseconds(), Math.ceil(PACING_SLACK * pacedSeconds * 1000));
    return [
      this.#alarm(`Silence${suffix}`, metrics.ofShard(shard, 'TicksSent', { statistic: Stats.SAMPLE_COUNT }), {
        alarmDescription: `Shard ${shard}: no runner has said for ${periods} minutes that it sends ticks, nor that nobody is connected.`,
        comparisonOperator: LESS_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: TreatMissingData.BREACHING,
      }),
      this.#alarm(`TicksMissed${suffix}`, metrics.ofShard(shard, 'TicksMissed'), {
        alarmDescription: `Shard ${shard}: nobody got a tick although viewers were there, in two of the last five minutes. The outcomes of the posts tell whether the gateway refuses them.`,
        ...twoOfFive,
      }),
      this.#alarm(`TicksLate${suffix}`, metrics.ofShard(shard, 'AgeP99', { statistic: Stats.MAXIMUM }), {
        alarmDescription: `Shard ${shard}: one copy in a hundred was older than ${maxAgeMillis} ms when its viewer got it, or never came, in two of the last five minutes. Add shards or memory, or look at the outcomes of the posts in the log.`,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        threshold: maxAgeMillis,
        ...twoOfFive,
      }),
      this.#alarm(`ClockErrors${suffix}`, metrics.ofShard(shard, 'ClockErrors', fiveMinutes), {
        alarmDescription: `Shard ${shard}: a runner found its clock wrong: two independent witnesses contradict it by more than a second. Another runner has been started. When every runner reports it, the witnesses may be wrong: the setting refuseWrongClock lets the runners go on.`,
      }),
    ];
  }

  #ofAll(clock: TickcastClock, metrics: ClockMetrics): Alarm[] {
    const { maxViewers } = clock.settings;
    const period = Duration.minutes(5);
    const hour = Duration.hours(1);
    return [
      this.#alarm('Full', metrics.refusals('RefusedFull', { period }), {
        alarmDescription: `Viewers were turned away: all ${maxViewers} places are taken, or all of an address. A viewer who renews its connection is among them, and keeps the old one meanwhile.`,
      }),
      this.#alarm('Forbidden', metrics.refusals('RefusedForbidden', { period }), {
        alarmDescription: `In five minutes ${MANY_REFUSALS} handshakes came from a page that is not allowed, or past the site.`,
        threshold: MANY_REFUSALS,
      }),
      this.#alarm('Throttled', metrics.ofApi('ClientError', { period }), {
        alarmDescription: `In five minutes API Gateway itself refused ${MANY_CLIENT_ERRORS} handshakes or messages, mostly for coming too fast: viewers may be locked out. A rate rule of WAF in front of the site tells the one who knocks from the others.`,
        threshold: MANY_CLIENT_ERRORS,
      }),
      // Not API Gateway's IntegrationError, which may count the refusals: they are answers with 4xx.
      this.#alarm('FailedHandshakes', clock.connect.metricErrors({ period }), {
        alarmDescription:
          'The function of $connect failed: who connects gets 502, and once nobody is left the clock rests.',
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
        alarmDescription: `In an hour half as many messages again were billed as ${maxViewers} viewers need.`,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        threshold: Math.ceil((messagesOfMonth(clock.settings) / MONTH_SECONDS) * hour.toSeconds() * HEADROOM),
      }),
      // By what is in the queue: SQS does not count a message as sent that it moves from a wake queue by itself. The alarm lasts until
      // the queue is empty; a failed run stays four days. The metrics of a queue that was idle for six hours may come 15 minutes late.
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

  /** By default of one occurrence in one period. */
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

/** At worst: the ticks, probes and answers of a month with all places taken. */
function messagesOfMonth({ maxViewers, ...settings }: ClockSettings): number {
  const { items } = monthlyCost({ viewers: maxViewers, ...settings });
  const messages = items.filter(({ service, what }) => service === 'API Gateway' && what !== 'connection minutes');
  return messages.reduce((sum, { quantity }) => sum + quantity, 0);
}
