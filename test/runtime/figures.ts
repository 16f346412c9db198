// Metrics by namespace, name and dimensions, from alarms and dashboard of the template and from the log of a function.

import type { Template } from 'aws-cdk-lib/assertions';
import { only, resourcesOf } from '../support/stack.ts';
import { resolveIntrinsics } from './intrinsics.ts';

// biome-ignore lint/suspicious/noExplicitAny: untyped JSON of AWS
type Json = any;

function keyOf(namespace: string, name: string, dimensions: readonly (readonly [string, string])[]): string {
  return [namespace, name, ...dimensions.map((pair) => pair.join('=')).sort()].join(' ');
}

/** Metrics of alarms and dashboard, without the metrics of AWS services. */
export function askedFigures(template: Template): string[] {
  const figures = [...ofAlarms(template), ...ofDashboard(template)].filter((key) => !key.startsWith('AWS/'));
  return [...new Set(figures)].sort();
}

function ofAlarms(template: Template): string[] {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
  // An alarm on an expression has its metrics in a list.
  const metrics = alarms.flatMap(({ Metrics, ...alarm }) =>
    Metrics === undefined
      ? [alarm]
      : Metrics.flatMap(({ MetricStat }: Json) => (MetricStat ? [MetricStat.Metric] : [])),
  );
  return metrics.map((metric) => {
    const { Namespace, MetricName, Dimensions = [] } = resolveIntrinsics(metric) as Json;
    return keyOf(
      Namespace,
      MetricName,
      Dimensions.map(({ Name, Value }: Json) => [Name, Value]),
    );
  });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function ofDashboard(template: Template): string[] {
  const [, { Properties }] = only('AWS::CloudWatch::Dashboard', template);
  const { widgets } = JSON.parse(resolveIntrinsics(Properties.DashboardBody) as string);
  const rows: unknown[][] = widgets.flatMap(({ properties }: Json) => properties.metrics ?? []);
  return rows.flatMap((row) => {
    const [namespace, name, ...rest] = row.filter((part) => typeof part === 'string');
    // A row with an expression has neither.
    if (namespace === undefined || name === undefined) return [];
    const pairs = rest.flatMap((key, index) => (index % 2 === 0 ? [[key, rest[index + 1] ?? ''] as const] : []));
    return [keyOf(namespace, name, pairs)];
  });
}

/** Metrics that CloudWatch extracts from log lines.
 *  @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export function writtenFigures(records: readonly Record<string, unknown>[]): string[] {
  const figures = records.flatMap(({ _aws, ...values }) => {
    const directives: Json[] = (_aws as Json)?.CloudWatchMetrics ?? [];
    return directives.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((names: string[]) => {
        const pairs = names.map((name) => [name, String(values[name])] as const);
        return Metrics.map(({ Name }: Json) => keyOf(Namespace, Name, pairs));
      }),
    );
  });
  return [...new Set(figures)].sort();
}
