// The stack: the clock, the site in front of it, the alarms and the dashboard.

import { CfnOutput, Stack, type StackProps, Token } from 'aws-cdk-lib';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { monthlyCost } from '../cost/monthly-cost.ts';
import { ConfigError, UNLIMITED } from '../protocol/settings.ts';
import { ClockAlarms } from './clock-alarms.ts';
import { ClockDashboard } from './clock-dashboard.ts';
import { ClockMetrics } from './clock-metrics.ts';
import { Site, type SiteOptions } from './site.ts';
import { TickcastClock, type TickcastClockProps } from './tickcast-clock.ts';

export interface TickcastStackProps extends StackProps, TickcastClockProps, SiteOptions {
  /** Whether the stack has the page and CloudFront. Without them pages of `allowedOrigins` connect to the API itself.
   *  @default true */
  readonly site?: boolean;
  /** ARN of an SNS topic that gets a message when an alarm starts and ends. @default - no messages; the console shows
   *  the alarms */
  readonly alarmTopicArn?: string;
}

export class TickcastStack extends Stack {
  readonly clock: TickcastClock;
  /** Undefined if the stack has none. */
  readonly site: Site | undefined;
  /** Cost of a month in which all places are taken, in whole US dollars. The bill can be higher, because the throttle
   *  admits unwanted messages and, between two ticks, more viewers. */
  readonly fullMonth: { readonly viewers: number; readonly usd: number };

  /** @throws {ConfigError} with the property, its value and what is allowed */
  constructor(scope: Construct, id: string, props: TickcastStackProps = {}) {
    const { site: hasSite = true, originSecret = true } = props;
    checkCombination(props, hasSite, originSecret);
    super(scope, id, { description: 'Tickcast: an authoritative clock for web pages', ...props });

    // Without the secret all viewers seem to come from CloudFront's addresses.
    const isAddressKnown = !hasSite || originSecret;
    const clock = new TickcastClock(this, 'Clock', {
      ...props,
      ...(!isAddressKnown && { maxViewersPerAddress: UNLIMITED }),
    });
    this.clock = clock;
    this.site = hasSite ? new Site(this, 'Site', { ...props, clock }) : undefined;

    const metrics = new ClockMetrics(clock);
    const topic = this.#topic(props.alarmTopicArn);
    const alarms = new ClockAlarms(this, 'Alarms', { clock, metrics, ...(topic && { topic }) });
    // The site takes minutes to deploy. By then runners have reported, so `Silence` does not start with an alarm.
    alarms.node.addDependency(clock, ...(this.site ? [this.site] : []));
    new ClockDashboard(this, 'Dashboard', { metrics, alarms: alarms.all });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    if (this.site !== undefined) output('SiteUrl', `${this.site.origin}/`, 'The page');
    output('SocketUrl', this.site?.socketUrl ?? clock.socketUrl, 'The WebSocket');
    output('ConnectionsEndpoint', clock.connectionsEndpoint, 'The @connections API, for the AWS SDK');
    output('TableName', clock.table.tableName, 'Table of the connections, for npm run viewers');
    const { maxViewers, ...settings } = clock.settings;
    const { totalUsd } = monthlyCost({ viewers: maxViewers, ...settings, site: hasSite });
    this.fullMonth = { viewers: maxViewers, usd: Math.ceil(totalUsd) };
    output(
      'FullMonthlyCost',
      `about USD ${this.fullMonth.usd}`,
      `${maxViewers} viewers, all places taken, for all of a month`,
    );
  }

  #topic(arn: string | undefined): ITopic | undefined {
    if (arn === undefined) return undefined;
    if (!Token.isUnresolved(arn) && !/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(arn)) {
      throw new ConfigError(`alarmTopicArn must be arn:aws:sns:<region>:<account>:<name>, got "${arn}"`);
    }
    return Topic.fromTopicArn(this, 'AlarmTopic', arn);
  }
}

/** Refuses settings that would be ignored, or would have the opposite effect. */
function checkCombination(props: TickcastStackProps, hasSite: boolean, hasSecret: boolean): void {
  if (!hasSite) {
    for (const key of ['domain', 'webAclArn', 'originSecret', 'cells'] as const) {
      if (props[key] !== undefined)
        throw new ConfigError(`${key} is a setting of the site, but site is false: leave out one of them`);
    }
    if (!props.allowedOrigins?.length) {
      throw new ConfigError(
        'allowedOrigins must name an origin such as https://www.example when site is false, got none',
      );
    }
  } else if (!hasSecret && (props.maxViewersPerAddress ?? UNLIMITED) !== UNLIMITED) {
    throw new ConfigError(
      'maxViewersPerAddress needs originSecret: without it all viewers seem to come from CloudFront',
    );
  }
}
