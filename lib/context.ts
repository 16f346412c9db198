// The properties of the stack as CDK context gives them: `-c interval=5 -c maxViewers=1000`. All is text there, or JSON
// when cdk.json sets it.

import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  ConfigError,
  MAX_VIEWERS_LIMIT,
  parseBoolean,
  parseCount,
  parseIntervalSeconds,
  parseOrigins,
  parseShards,
} from '../lambdas/config.ts';
import type { SiteDomain } from './site.ts';
import type { TickcastStackProps } from './tickcast-stack.ts';

/** @throws {ConfigError} saying which was wrong, what it was and what is allowed */
export function propsOfContext(scope: Construct): TickcastStackProps {
  const text = (key: string): string | undefined => {
    const value: unknown = scope.node.tryGetContext(key);
    return value === undefined ? undefined : String(value);
  };
  const read = <Value>(key: string, parse: (what: string, text: string) => Value): Value | undefined => {
    const value = text(key);
    return value === undefined ? undefined : parse(`-c ${key}`, value);
  };
  const viewers = (what: string, value: string) => parseCount(what, value, MAX_VIEWERS_LIMIT);
  const props = {
    interval: read('interval', (what, value) => Duration.seconds(parseIntervalSeconds(what, value))),
    maxViewers: read('maxViewers', viewers),
    maxViewersPerAddress: read('maxViewersPerAddress', viewers),
    shards: read('shards', parseShards),
    allowedOrigins: read('allowedOrigins', parseOrigins),
    requireOrigin: read('requireOrigin', parseBoolean),
    site: read('site', parseBoolean),
    domain: domainOf(text),
    webAclArn: text('webAclArn'),
    alarmTopicArn: text('alarmTopicArn'),
    monthlyBudget: budgetOf(text),
  };
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

type Text = (key: string) => string | undefined;

function domainOf(text: Text): SiteDomain | undefined {
  const [domainName, certificateArn, hostedZoneId] = ['domainName', 'certificateArn', 'hostedZoneId'].map(text);
  if (domainName === undefined && certificateArn === undefined && hostedZoneId === undefined) return undefined;
  if (domainName === undefined || certificateArn === undefined) {
    throw new ConfigError('-c domainName and -c certificateArn go together, got one of them');
  }
  return { domainName, certificateArn, ...(hostedZoneId !== undefined && { hostedZoneId }) };
}

function budgetOf(text: Text): TickcastStackProps['monthlyBudget'] {
  const [usd, email] = ['budgetUsd', 'budgetEmail'].map(text);
  if (usd === undefined && email === undefined) return undefined;
  if (usd === undefined || email === undefined) {
    throw new ConfigError('-c budgetUsd and -c budgetEmail go together, got one of them');
  }
  return { usd: Number(usd), email };
}
