// Reads the settings of a deployment: from a file next to cdk.json that is not committed, and from the CDK's command
// line.

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { IConstruct } from 'constructs';
import { ConfigError } from '../protocol/settings.ts';
import { SETTING_KEYS, type SettingKey, type Settings } from './settings.ts';

/** Name of the file. It is in the folder of cdk.json, where the CDK runs the app. */
const SETTINGS_FILE = 'tickcast.json';

type Values = Readonly<Record<string, unknown>>;

/** Reads `tickcast.json`, or the file that `-c settings=second.json` names. `-c` and the `context` of cdk.json override
 *  it.
 *  @throws {ConfigError} */
export function readSettings(scope: IConstruct): Settings {
  const { settings: path, ...context }: Values = scope.node.getAllContext();
  checkKeys(
    // The CDK's own keys contain a colon, a slash or a hyphen.
    Object.keys(context).filter((key) => /^[A-Za-z]+$/.test(key)),
    '-c',
  );
  return { ...readSettingsFile(String(path ?? SETTINGS_FILE), path === undefined), ...readContext(scope) };
}

/** @throws {ConfigError} */
export function readContext({ node }: IConstruct): Settings {
  return collect(
    (key) => node.tryGetContext(key),
    (key) => `-c ${key}`,
  );
}

/** @param path of a JSON file such as `{ "interval": 10, "allowedOrigins": ["https://www.example"] }`
 *  @param isOptional whether a missing file is allowed
 *  @throws {ConfigError} */
export function readSettingsFile(path: string, isOptional: boolean): Settings {
  const file = basename(path);
  if (isOptional && !existsSync(path)) return {};
  const values = readObject(path, file);
  checkKeys(Object.keys(values), `${file}:`);
  return collect(
    (key) => values[key],
    (key) => `${file}: ${key}`,
  );
}

function readObject(path: string, file: string): Values {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${file} must be a file with JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Values;
  throw new ConfigError(`${file} must be one object such as { "interval": 10 }, got ${JSON.stringify(value)}`);
}

function checkKeys(keys: readonly string[], where: string): void {
  const unknown = keys.find((key) => !SETTING_KEYS.some((known) => known === key));
  if (unknown === undefined) return;
  throw new ConfigError(`${where} ${unknown} is not a setting: the settings are ${SETTING_KEYS.join(', ')}`);
}

function collect(read: (key: SettingKey) => unknown, nameOf: (key: SettingKey) => string): Settings {
  const found = SETTING_KEYS.filter((key) => read(key) !== undefined);
  return Object.fromEntries(found.map((key) => [key, { name: nameOf(key), text: textOf(nameOf(key), read(key)) }]));
}

/** Turns a list into comma-separated text, as on the command line. */
function textOf(name: string, value: unknown): string {
  const parts = [value].flat();
  if (parts.length > 0 && parts.every((part) => ['string', 'number', 'boolean'].includes(typeof part))) {
    return parts.join(',');
  }
  throw new ConfigError(
    `${name} must be a text, a number, true, false or a list of texts, got ${JSON.stringify(value)}`,
  );
}
