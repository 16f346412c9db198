// The functions of the synthesized stack, with handler, environment, memory and timeout of the template. Their assets
// are unpacked outside the project, whose package.json would make their modules ES modules.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { makeApp } from '../../lib/app.ts';
import { TickcastStack, type TickcastStackProps } from '../../lib/tickcast-stack.ts';
import { resourcesOf } from '../support/stack.ts';
import { resolveIntrinsics, type StandIns } from './intrinsics.ts';

export interface DeployedFunction {
  /** Logical id in the template, also used as the name of the function. */
  readonly name: string;
  readonly folder: string;
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  readonly timeoutMillis: number;
}

export interface Deployment {
  readonly template: Template;
  /** Logical ids of all functions, without their hashes. */
  readonly functionNames: readonly string[];
  /** @param name one of {@link functionNames}
   *  @param standIns values for the resources in its variables */
  unpack(name: string, standIns?: StandIns): Promise<DeployedFunction>;
  dispose(): Promise<void>;
}

export async function synthesizeDeployment(props: TickcastStackProps = {}): Promise<Deployment> {
  const app = makeApp();
  const template = Template.fromStack(new TickcastStack(app, 'Tickcast', props));
  const { directory } = app.synth();
  const { files } = JSON.parse(await readFile(join(directory, 'Tickcast.assets.json'), 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-runtime-'));
  const functions = new Map(
    resourcesOf(template, 'AWS::Lambda::Function').map(([id, resource]) => [id.slice(0, -8), { id, ...resource }]),
  );
  return {
    template,
    functionNames: [...functions.keys()],
    async unpack(name, standIns = {}) {
      const { id, Properties } = functions.get(name) ?? assert.fail(`the template has no function ${name}`);
      const { path, packaging } = files[Properties.Code.S3Key.replace(/\.zip$/, '')].source;
      assert.equal(packaging, 'zip');
      const unpacked = join(folder, `${id}-${crypto.randomUUID()}`);
      await cp(resolve(directory, path), unpacked, { recursive: true });
      return {
        name: id,
        folder: unpacked,
        handler: Properties.Handler,
        variables: resolveIntrinsics(Properties.Environment?.Variables ?? {}, standIns) as Record<string, string>,
        memoryMegabytes: Properties.MemorySize,
        timeoutMillis: Properties.Timeout * 1000,
      };
    },
    async dispose() {
      await Promise.all([folder, directory].map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
