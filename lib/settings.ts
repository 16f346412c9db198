// The properties of the stack as settings: text, or JSON in a settings file. `-c interval=5` on the CDK's command line
// overrides the file, see settings-file.ts.

import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { MAX_REQUEST_QUOTA, MAX_VIEWERS_LIMIT } from '../protocol/limits.ts';
import {
  ConfigError,
  parseBoolean,
  parseCells,
  parseCount,
  parseIntervalSeconds,
  parseLimit,
  parseOrigins,
  parseShards,
} from '../protocol/settings.ts';
import type { SiteDomain } from './site.ts';
import { parseMemorySize } from './tickcast-clock.ts';
import type { TickcastStackProps } from './tickcast-stack.ts';

export const SETTING_KEYS = [
  'stackName',
  'interval',
  'maxViewers',
  'maxViewersPerAddress',
  'shards',
  'requestQuota',
  'allowedOrigins',
  'requireOrigin',
  'refuseWrongClock',
  'site',
  'cells',
  'originSecret',
  'broadcastMemorySize',
  'handlerMemorySize',
  'logRetention',
  'domainName',
  'certificateArn',
  'hostedZoneId',
  'webAclArn',
  'alarmTopicArn',
] as const;

export type SettingKey = (typeof SETTING_KEYS)[number];

export interface Setting {
  /** Name of the setting in errors, with where it was set: `-c interval`, `tickcast.json: interval`. */
  readonly name: string;
  readonly text: string;
}

export type Settings = Readonly<Partial<Record<SettingKey, Setting>>>;

/** @returns only what is set
 *  @throws {ConfigError} with the setting, its value and what is allowed */
export function propsOf(settings: Settings): TickcastStackProps {
  const read = <Value>(key: SettingKey, parse: (what: string, text: string) => Value): Value | undefined => {
    const setting = settings[key];
    return setting && parse(setting.name, setting.text);
  };
  const props = {
    stackName: read('stackName', parseStackName),
    interval: read('interval', (what, value) => Duration.seconds(parseIntervalSeconds(what, value))),
    maxViewers: read('maxViewers', (what, value) => parseCount(what, value, MAX_VIEWERS_LIMIT)),
    maxViewersPerAddress: read('maxViewersPerAddress', (what, value) => parseLimit(what, value, MAX_VIEWERS_LIMIT)),
    shards: read('shards', parseShards),
    requestQuota: read('requestQuota', (what, value) => parseCount(what, value, MAX_REQUEST_QUOTA)),
    allowedOrigins: read('allowedOrigins', parseOrigins),
    requireOrigin: read('requireOrigin', parseBoolean),
    refuseWrongClock: read('refuseWrongClock', parseBoolean),
    site: read('site', parseBoolean),
    cells: read('cells', parseCells),
    originSecret: read('originSecret', parseBoolean),
    broadcastMemorySize: read('broadcastMemorySize', parseMemorySize),
    handlerMemorySize: read('handlerMemorySize', parseMemorySize),
    logRetention: read('logRetention', parseRetention),
    domain: domainOf(settings),
    webAclArn: settings.webAclArn?.text,
    alarmTopicArn: settings.alarmTopicArn?.text,
  };
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

function domainOf({ domainName, certificateArn, hostedZoneId }: Settings): SiteDomain | undefined {
  if (domainName !== undefined && certificateArn !== undefined) {
    const domain = { domainName: domainName.text, certificateArn: certificateArn.text };
    return { ...domain, ...(hostedZoneId && { hostedZoneId: hostedZoneId.text }) };
  }
  const got = [domainName, certificateArn, hostedZoneId].flatMap((setting) => setting?.name ?? []);
  if (got.length === 0) return undefined;
  throw new ConfigError(`domainName and certificateArn must be set together, got only ${got.join(' and ')}`);
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html */
function parseStackName(what: string, text: string): string {
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(text)) return text;
  throw new ConfigError(`${what} must be letters, digits and hyphens, a letter first, 128 at most, got "${text}"`);
}

/** Retention times that CloudWatch supports, in days. */
const RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

function parseRetention(what: string, text: string): RetentionDays {
  const found = RETENTIONS.find((days) => String(days) === text && days !== RetentionDays.INFINITE);
  if (found !== undefined) return found;
  throw new ConfigError(
    `${what} must be a number of days that CloudWatch supports, such as 1, 7, 30 or 365, got "${text}"`,
  );
}
