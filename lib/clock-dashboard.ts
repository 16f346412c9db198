// The dashboard of a deployed clock: viewers, ticks and their age, the runners' clocks, and the cost of messages.

import { Duration } from 'aws-cdk-lib';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { REFUSALS } from '../lambdas/aws/metric-names.ts';
import type { ClockMetrics } from './clock-metrics.ts';

export interface ClockDashboardProps {
  readonly metrics: ClockMetrics;
  readonly alarms: readonly Alarm[];
}

export class ClockDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { metrics, alarms }: ClockDashboardProps) {
    super(scope, id, { defaultInterval: Duration.hours(3) });
    const maximum = { statistic: Stats.MAXIMUM };
    const graph = (title: string, left: IMetric[], unit: string) =>
      new GraphWidget({ title, left, leftYAxis: { min: 0, label: unit, showUnits: false }, width: 8, height: 6 });

    this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 }));
    this.addWidgets(
      graph('Viewers', metrics.ofShards('Viewers', maximum), 'viewers'),
      graph(
        'Ticks',
        ['TicksSent', 'TicksMissed'].flatMap((name) => metrics.ofShards(name)),
        'a minute',
      ),
      graph('Age of ticks, 99th percentile of the viewers', metrics.ofShards('AgeP99', maximum), 'ms'),
    );
    this.addWidgets(
      graph('Copies that viewers did not get', metrics.ofShards('PostsFailed'), 'a minute'),
      graph(
        'Handshakes',
        [
          metrics.ofApi('ConnectCount'),
          ...Object.values(REFUSALS).map((name) => metrics.refusals(name)),
          metrics.ofApi('ClientError'),
          metrics.ofApi('ExecutionError'),
          metrics.ofApi('IntegrationError'),
        ],
        'a minute',
      ),
      graph('Cost of the messages', [metrics.costRate()], 'USD a month'),
    );
    this.addWidgets(
      graph('Proven bound of the clock', metrics.ofShards('ClockBound', maximum), 'ms'),
      // A message that comes early is below zero.
      new GraphWidget({
        title: 'Lateness of the messages that start runners',
        left: ['p50', Stats.MAXIMUM].flatMap((statistic) =>
          metrics.ofShards('WakeLateness', { statistic, label: `WakeLateness ${statistic}` }),
        ),
        leftYAxis: { label: 'ms', showUnits: false },
        width: 8,
        height: 6,
      }),
      graph('Runners with a wrong clock', metrics.ofShards('ClockErrors'), 'a minute'),
    );
  }
}
