// Metrics as log lines in CloudWatch's embedded metric format, so that writing them needs no request.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

import { type Metrics as EmfMetrics, MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { failuresOf } from '../domain/outcomes.ts';
import type { Measurements, Metrics } from '../domain/ports.ts';
import type { LambdaContext } from '../events.ts';
import { METRICS_NAMESPACE, REFUSALS } from './metric-names.ts';

type Invocation = Pick<LambdaContext, 'awsRequestId' | 'functionName'>;

const { Count, Milliseconds } = MetricUnit;

/** Metrics of the broadcast function. Each call writes one log line. The dimensions are the shard and the function's
 *  name, which differs between deployments and keeps their metrics apart. */
export function makeEmfMetrics(context: Invocation, shard: number): Metrics {
  const publish = (addAll: (metrics: EmfMetrics) => void) => {
    const metrics = makeRecord(context, { shard: String(shard) });
    addAll(metrics);
    metrics.publishStoredMetrics();
  };
  return {
    record: (measurements) => publish((metrics) => add(metrics, measurements)),
    // Only the metrics that an alarm needs: each metric is billed for every hour in which it is written.
    empty: () =>
      publish((metrics) => {
        metrics.addMetric('Viewers', Count, 0);
        metrics.addMetric('TicksSent', Count, 0);
      }),
    woken: (latenessMillis) => publish((metrics) => metrics.addMetric('WakeLateness', Milliseconds, latenessMillis)),
    clockError: () => publish((metrics) => metrics.addMetric('ClockErrors', Count, 1)),
  };
}

/** Metrics of the `$connect` function. The dimension is the function's name. */
export function makeRefusalMetrics(context: Invocation) {
  return {
    refused(statusCode: keyof typeof REFUSALS): void {
      const metrics = makeRecord(context);
      metrics.addMetric(REFUSALS[statusCode], Count, 1);
      metrics.publishStoredMetrics();
    },
  };
}

function makeRecord({ functionName, awsRequestId }: Invocation, defaultDimensions: Record<string, string> = {}) {
  const metrics = new Powertools({ namespace: METRICS_NAMESPACE, serviceName: functionName, defaultDimensions });
  metrics.addMetadata('requestId', awsRequestId);
  return metrics;
}

/** Adds the measurements that an alarm or the dashboard uses as metrics. The others become plain fields of the same
 *  line: Logs Insights finds them, and they are not billed as metrics. */
function add(metrics: EmfMetrics, measurements: Measurements): void {
  const { viewers, ticksSent, ticksMissed, ageP99Millis, clockBoundMillis, posts, ...details } = measurements;
  metrics.addMetric('Viewers', Count, viewers);
  metrics.addMetric('TicksSent', Count, ticksSent);
  metrics.addMetric('TicksMissed', Count, ticksMissed);
  metrics.addMetric('AgeP99', Milliseconds, ageP99Millis);
  metrics.addMetric('PostsFailed', Count, failuresOf(posts));
  if (clockBoundMillis !== undefined) metrics.addMetric('ClockBound', Milliseconds, clockBoundMillis);
  for (const [name, value] of Object.entries({ ...details, ...posts })) metrics.addMetadata(name, String(value));
}
