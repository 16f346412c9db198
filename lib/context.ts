// The properties of the stack as CDK context gives them: `-c interval=5 -c maxViewers=1000`. All is text there, or JSON
// when cdk.json sets it.

import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { MAX_REQUEST_QUOTA, MAX_VIEWERS_LIMIT } from '../protocol/limits.ts';
import {
  ConfigError,
  parseBoolean,
  parseCount,
  parseIntervalSeconds,
  parseOrigins,
  parseShards,
} from '../protocol/settings.ts';
import type { SiteDomain } from './site.ts';
import { parseMemorySize } from './tickcast-clock.ts';
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
    requestQuota: read('requestQuota', (what, value) => parseCount(what, value, MAX_REQUEST_QUOTA)),
    allowedOrigins: read('allowedOrigins', parseOrigins),
    requireOrigin: read('requireOrigin', parseBoolean),
    refuseWrongClock: read('refuseWrongClock', parseBoolean),
    site: read('site', parseBoolean),
    originSecret: read('originSecret', parseBoolean),
    broadcastMemorySize: read('broadcastMemorySize', parseMemorySize),
    handlerMemorySize: read('handlerMemorySize', parseMemorySize),
    logRetention: read('logRetention', parseRetention),
    domain: domainOf(text),
    webAclArn: text('webAclArn'),
    alarmTopicArn: text('alarmTopicArn'),
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

/** CloudWatch knows these numbers of days. */
const RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

function parseRetention(what: string, text: string): RetentionDays {
  const found = RETENTIONS.find((days) => String(days) === text && days !== RetentionDays.INFINITE);
  if (found !== undefined) return found;
  throw new ConfigError(
    `${what} must be a number of days that CloudWatch knows, such as 1, 7, 30 or 365, got "${text}"`,
  );
}
