// The files that `npm run build` makes for the stack.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { ConfigError } from '../protocol/settings.ts';

/** @param name of a function, as its folder in `dist/functions`
 *  @throws {ConfigError} if it was not built */
export function functionCode(name: string): AssetCode {
  const folder = fileURLToPath(new URL(`../dist/functions/${name}`, import.meta.url));
  if (!existsSync(folder)) throw new ConfigError(`${folder} is missing: run npm run build first`);
  return Code.fromAsset(folder);
}
