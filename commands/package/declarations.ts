// Makes the type declarations of the package. tsc emits them. API Extractor then puts those of the client and of the
// constructs into one file each, without internal ones, and writes the model of each API for docs/api.md.

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from '@microsoft/api-extractor';
import { PROJECT } from '../build/sources.ts';
import { FRAMEWORKS } from './manifest.ts';

/** Folders of the sources, by entry point. */
const ENTRIES = { client: 'web/src/client', element: 'web/src/element', cdk: 'lib' } as const;

export type Entry = keyof typeof ENTRIES;

export const ENTRY_NAMES = Object.keys(ENTRIES) as Entry[];

/** @returns the folder of the declarations that tsc writes, one for each source file */
export async function emitDeclarations(folder: string): Promise<string> {
  const emitted = join(folder, 'declarations');
  await promisify(execFile)(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'commands/package', '--outDir', emitted],
    { cwd: PROJECT },
  );
  return emitted;
}

/** @param rollup path of the file for all declarations
 *  @returns the file with the model of the API
 *  @throws Error if anything public uses a type that is not public */
export function extractApi(emitted: string, entry: Entry, rollup: string): string {
  const entryPoint = join(emitted, ENTRIES[entry], 'index.d.ts');
  const model = join(emitted, `${entry}.api.json`);
  const configObject: IConfigFile = {
    projectFolder: PROJECT,
    mainEntryPointFilePath: entryPoint,
    compiler: {
      overrideTsconfig: {
        compilerOptions: {
          target: 'es2022',
          module: 'nodenext',
          lib: ['es2022', 'dom', 'dom.iterable'],
          types: [],
          strict: true,
          skipLibCheck: true,
        },
        files: [entryPoint],
      },
    },
    apiReport: { enabled: false },
    docModel: { enabled: true, apiJsonFilePath: model },
    dtsRollup: { enabled: true, untrimmedFilePath: rollup },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: {
        default: { logLevel: ExtractorLogLevel.Error },
        // Treats exports without a tag as public.
        'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
        // The element's base class depends on the platform, and the client belongs to another entry point.
        ...(entry === 'element' && { 'ae-forgotten-export': { logLevel: ExtractorLogLevel.None } }),
      },
      tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
    },
  };
  const extractorConfig = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(PROJECT, 'package.json'),
  });
  const problems: string[] = [];
  const { succeeded } = Extractor.invoke(extractorConfig, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.formatMessageWithLocation(PROJECT));
    },
  });
  if (!succeeded) throw new Error(`the declarations of tickcast/${entry} are not complete:\n${problems.join('\n')}`);
  return model;
}

/** Writes the declarations of all entry points into the package. */
export async function writeDeclarations(folder: string, packageFolder: string): Promise<void> {
  const emitted = await emitDeclarations(folder);
  for (const entry of ['client', 'cdk'] as const) extractApi(emitted, entry, join(packageFolder, entry, 'index.d.ts'));
  await cp(join(packageFolder, 'cdk/index.d.ts'), join(packageFolder, 'cdk/index.d.cts'));

  // The element's declarations stay separate files, so that its client has the type that `tickcast/client` exports.
  const files = ['index', 'tick-cast-clock', 'attributes'].map((name) => [
    join(emitted, ENTRIES.element, `${name}.d.ts`),
    `${name}.d.ts`,
  ]);
  for (const framework of FRAMEWORKS) {
    files.push([join(PROJECT, `web/src/element/frameworks/${framework}.d.ts`), `${framework}.d.ts`]);
    await writeFile(join(packageFolder, `element/${framework}.js`), 'export {};\n');
  }
  await mkdir(join(packageFolder, 'element'), { recursive: true });
  for (const [from = '', to = ''] of files) {
    const text = await readFile(from, 'utf8');
    const ofPackage = text
      .replace(/'\.\.\/(attributes|index)\.ts'/g, "'./$1.js'")
      .replace(/'(\.{1,2}\/[\w/-]+)\.ts'/g, "'$1.js'");
    await writeFile(join(packageFolder, 'element', to), ofPackage);
  }
}
