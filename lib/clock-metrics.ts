// The CloudWatch metrics of a deployed clock: its own (lambdas/aws/emf-metrics.ts) and API Gateway's.

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { MONTH_SECONDS } from '../cost/monthly-cost.ts';
import { PRICES } from '../cost/prices.ts';
import { METRICS_NAMESPACE } from '../lambdas/aws/metric-names.ts';
import type { TickcastClock } from './tickcast-clock.ts';

const MINUTE = Duration.minutes(1);

export class ClockMetrics {
  readonly #clock: TickcastClock;

  constructor(clock: TickcastClock) {
    this.#clock = clock;
  }

  /** A metric that runners record, of one shard. */
  ofShard(shard: number, metricName: string, options: MetricOptions = {}): Metric {
    const dimensionsMap = { service: this.#clock.broadcast.functionName, shard: String(shard) };
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap,
      statistic: Stats.SUM,
      period: MINUTE,
      ...options,
    });
  }

  /** The same metric of every shard, labelled for a graph. */
  ofShards(metricName: string, { label = metricName, ...options }: MetricOptions = {}): Metric[] {
    return Array.from({ length: this.#clock.settings.shards }, (_, shard) =>
      this.ofShard(shard, metricName, { ...options, label: `${label} of shard ${shard}` }),
    );
  }

  /** The same metric of all shards together. */
  sum(metricName: string, options: MetricOptions = {}): Metric | MathExpression {
    const metrics = this.ofShards(metricName, options);
    // A label would turn an alarm of one metric into an alarm with metric math.
    if (metrics.length === 1) return this.ofShard(0, metricName, options);
    const names = metrics.map((_, shard) => `shard${shard}`);
    return new MathExpression({
      expression: `SUM([${names.join(', ')}])`,
      usingMetrics: Object.fromEntries(metrics.map((metric, shard) => [`shard${shard}`, metric])),
      label: options.label ?? metricName,
      period: options.period ?? MINUTE,
    });
  }

  /** Refused handshakes: `RefusedFull`, `RefusedForbidden` or `RefusedInvalid`. */
  refusals(metricName: string, options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { service: this.#clock.connect.functionName },
      statistic: Stats.SUM,
      period: MINUTE,
      ...options,
    });
  }

  /** A metric of API Gateway. `MessageCount`, in both directions, is what AWS bills.
   *  @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html */
  ofApi(metricName: string, options: MetricOptions = {}): Metric {
    const { apiId, stageName } = this.#clock.socketApi;
    return new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: apiId, Stage: stageName },
      statistic: Stats.SUM,
      period: MINUTE,
      ...options,
    });
  }

  /** US dollars for a month with as many messages as in the period, all at the price of the first thousand million. */
  costRate(): MathExpression {
    return new MathExpression({
      expression: `messages / PERIOD(messages) * ${MONTH_SECONDS} * ${PRICES.gatewayMessage.first}`,
      usingMetrics: { messages: this.ofApi('MessageCount') },
      label: 'USD a month at this rate',
      period: MINUTE,
    });
  }
}
