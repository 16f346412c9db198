// Metrics as log lines in CloudWatch's embedded metric format: no call, no cost but the line's.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

import { type Metrics as EmfMetrics, MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { Measurements } from '../domain/measurements.ts';
import type { Metrics } from '../domain/ports.ts';

export const METRICS_NAMESPACE = 'Tickcast';

/** One record a call, with the service and the shard as its dimensions. */
export function makeEmfMetrics(shard: number): Metrics {
  return {
    record(measurements) {
      const metrics = new Powertools({
        namespace: METRICS_NAMESPACE,
        serviceName: 'broadcast',
        defaultDimensions: { shard: String(shard) },
      });
      add(metrics, measurements);
      metrics.publishStoredMetrics();
    },
  };
}

function add(metrics: EmfMetrics, { posts, ...measurements }: Measurements): void {
  const { Count, CountPerSecond, Milliseconds } = MetricUnit;
  metrics.addMetric('Viewers', Count, measurements.viewers);
  metrics.addMetric('TicksSent', Count, measurements.ticksSent);
  metrics.addMetric('TicksMissed', Count, measurements.ticksMissed);
  metrics.addMetric('ClaimsLost', Count, measurements.claimsLost);
  metrics.addMetric('SendDelayP50', Milliseconds, measurements.sendDelayP50Millis);
  metrics.addMetric('SendDelayP99', Milliseconds, measurements.sendDelayP99Millis);
  metrics.addMetric('LastAnswerDelayP50', Milliseconds, measurements.lastAnswerDelayP50Millis);
  metrics.addMetric('LastAnswerDelayP99', Milliseconds, measurements.lastAnswerDelayP99Millis);
  metrics.addMetric('PostRate', CountPerSecond, measurements.postsPerSecond);
  for (const [outcome, count] of Object.entries(posts)) {
    metrics.addMetric(`Posts${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}`, Count, count);
  }
}
