// Joins the constructs: the clock, the site in front of it, and what watches over both.

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
  /** Whether the stack has the page and CloudFront in front. Without it `allowedOrigins` says whose pages may connect,
   *  straight to the API.
   *  @default true */
  readonly site?: boolean;
  /** SNS topic that is told when an alarm begins and ends. @default - nobody is told; the console shows the alarms */
  readonly alarmTopicArn?: string;
}

export class TickcastStack extends Stack {
  readonly clock: TickcastClock;
  /** Undefined if the stack has none. */
  readonly site: Site | undefined;
  /** With all places taken for all of a month, in whole US dollars; see cost.ts. Not the worst that can be: the throttle admits
   *  strangers' messages and, between two ticks, more viewers. */
  readonly fullMonth: { readonly viewers: number; readonly usd: number };

  /** @throws {ConfigError} saying which property was wrong, what it was and what is allowed */
  constructor(scope: Construct, id: string, props: TickcastStackProps = {}) {
    const { site: hasSite = true, originSecret = true } = props;
    checkCombination(props, hasSite, originSecret);
    super(scope, id, { description: 'Tickcast: an authoritative clock for web pages', ...props });

    // Without the secret everybody seems to come from CloudFront.
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
    // With the site, which takes minutes, there is word of the runners by then: or `Silence` would begin with an alarm.
    alarms.node.addDependency(clock, ...(this.site ? [this.site] : []));
    new ClockDashboard(this, 'Dashboard', { metrics, alarms: alarms.all });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    if (this.site !== undefined) output('SiteUrl', `${this.site.origin}/`, 'The page');
    output('SocketUrl', this.site?.socketUrl ?? clock.socketUrl, 'The WebSocket');
    output('ConnectionsEndpoint', clock.connectionsEndpoint, 'The @connections API, for the AWS SDK');
    output('TableName', clock.table.tableName, 'Who is connected, for npm run viewers');
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

/** Refuses what would be ignored, or would do the opposite of what was meant. */
function checkCombination(props: TickcastStackProps, hasSite: boolean, hasSecret: boolean): void {
  if (!hasSite) {
    for (const key of ['domain', 'webAclArn', 'originSecret', 'cells'] as const) {
      if (props[key] !== undefined)
        throw new ConfigError(`${key} is the site’s, and site is false: leave one of them out`);
    }
    if (!props.allowedOrigins?.length) {
      throw new ConfigError(
        'allowedOrigins must name an origin such as https://www.example when site is false, got none',
      );
    }
  } else if (!hasSecret && (props.maxViewersPerAddress ?? UNLIMITED) !== UNLIMITED) {
    throw new ConfigError(
      'maxViewersPerAddress needs originSecret: without it all who come through CloudFront seem to come from CloudFront',
    );
  }
}
