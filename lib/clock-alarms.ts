// What somebody should be told about a deployed clock.

import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  MathExpression,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ClockMetrics } from './clock-metrics.ts';
import { monthlyCost } from './cost.ts';
import { PRICES } from './prices.ts';
import type { ClockSettings, TickcastClock } from './tickcast-clock.ts';

export interface ClockAlarmsProps {
  readonly clock: TickcastClock;
  readonly metrics: ClockMetrics;
  /** Is told when an alarm begins and ends. @default - nobody is told; the console shows the alarms */
  readonly topic?: ITopic;
}

/** How late the last viewer may be told, from the boundary until API Gateway has taken its copy. */
const MAX_AGE = Duration.seconds(1);

/** Refused handshakes in five minutes that are no accident. */
const MANY_REFUSALS = 10;

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, GREATER_THAN_THRESHOLD } = ComparisonOperator;

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
    // A runner speaks after the first tick of a minute since the last time, so a period may have no word without harm.
    const periods = Math.floor((60 + clock.settings.intervalSeconds) / 60) + 1;
    const noTicks = new MathExpression({
      expression: 'IF(viewers > 0 AND ticks < 1, 1, 0)',
      usingMetrics: {
        viewers: metrics.ofShard(shard, 'Viewers', { statistic: Stats.MAXIMUM }),
        ticks: metrics.ofShard(shard, 'TicksSent'),
      },
      label: 'No ticks although somebody watches',
      period: Duration.minutes(1),
    });
    const lastAnswer = metrics.ofShard(shard, 'LastAnswerDelayP99', { statistic: Stats.MAXIMUM });
    return [
      this.#alarm(`NoTicks${suffix}`, noTicks, {
        alarmDescription: `Shard ${shard}: viewers get no ticks, or no runner has said anything for ${periods} minutes.`,
        threshold: 1,
        evaluationPeriods: periods,
        // Also a clock at rest says once a minute that it is: silence is death.
        treatMissingData: TreatMissingData.BREACHING,
      }),
      this.#alarm(`TicksMissed${suffix}`, metrics.ofShard(shard, 'TicksMissed'), {
        alarmDescription: `Shard ${shard}: ticks were lost in two of the last five minutes.`,
        threshold: 1,
        evaluationPeriods: 5,
        datapointsToAlarm: 2,
      }),
      this.#alarm(`TicksLate${suffix}`, lastAnswer, {
        alarmDescription: `Shard ${shard}: of a hundred ticks the latest took more than a second to reach all viewers. Add shards or memory, or look at the posts’ outcomes.`,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        threshold: MAX_AGE.toMilliseconds(),
        evaluationPeriods: 3,
      }),
    ];
  }

  #ofAll(clock: TickcastClock, metrics: ClockMetrics): Alarm[] {
    const period = Duration.minutes(5);
    const refusals = new MathExpression({
      expression: 'FILL(full, 0) + FILL(forbidden, 0)',
      usingMetrics: {
        full: metrics.refusals('RefusedFull', { period }),
        forbidden: metrics.refusals('RefusedForbidden', { period }),
      },
      label: 'Refused handshakes',
      period,
    });
    const worst = worstMessagesUsd(clock.settings);
    return [
      this.#alarm('Refusals', refusals, {
        alarmDescription: `In five minutes ${MANY_REFUSALS} handshakes were refused: all ${clock.settings.maxViewers} places are taken, or somebody comes from where they may not.`,
        threshold: MANY_REFUSALS,
        evaluationPeriods: 1,
      }),
      this.#alarm('Cost', metrics.costRate(Duration.hours(1)), {
        alarmDescription: `For an hour messages have been sent at more than what ${clock.settings.maxViewers} viewers need, $${worst} a month.`,
        comparisonOperator: GREATER_THAN_THRESHOLD,
        threshold: worst,
        evaluationPeriods: 1,
      }),
      this.#alarm('FailedRuns', clock.failedRuns.metricApproximateNumberOfMessagesVisible({ period }), {
        alarmDescription: 'Runs were not delivered or failed; the queue says which.',
        threshold: 1,
        evaluationPeriods: 1,
      }),
    ];
  }

  #alarm(id: string, metric: Metric | MathExpression, options: CreateAlarmOptions): Alarm {
    return metric.createAlarm(this, id, {
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
  }
}

/** Of a month with all places taken: ticks, probes and answers, by the price of {@link ClockMetrics.costRate}. */
function worstMessagesUsd({ maxViewers, intervalSeconds, shards }: ClockSettings): number {
  const { items } = monthlyCost({ viewers: maxViewers, intervalSeconds, shards });
  const messages = items.filter(({ service, what }) => service === 'API Gateway' && what !== 'connection minutes');
  return Math.ceil(messages.reduce((sum, { quantity }) => sum + quantity, 0) * PRICES.gatewayMessage.first);
}
