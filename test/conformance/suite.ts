// The suite for any target: the local gateway, a LocalStack-compatible emulator, or a stage on AWS.

import { describe, it, type TestContext } from 'node:test';
import { type Access, type Behaviour, ProbeApi, type Settings } from './behaviour.ts';
import { CONNECTION_BEHAVIOURS } from './connections.ts';
import { CONNECTIONS_API_BEHAVIOURS } from './connections-api.ts';
import { MESSAGE_BEHAVIOURS } from './messages.ts';

export const BEHAVIOURS: readonly Behaviour[] = [
  ...CONNECTION_BEHAVIOURS,
  ...MESSAGE_BEHAVIOURS,
  ...CONNECTIONS_API_BEHAVIOURS,
];

export interface Target {
  readonly name: string;
  /** Skipped cases by behaviour, each with the behaviour of the target. */
  readonly lacks: Readonly<Record<string, string>>;
  /** Whether {@link Target.start} accepts settings. */
  readonly hasSettings: boolean;
  /** Returns access to the API of the probe, for one test. */
  start(t: TestContext, settings?: Settings): Promise<Access>;
}

/** @throws Error if the target lists a case that does not exist */
export function describeTarget(target: Target): void {
  const { name, lacks, hasSettings } = target;
  const unknown = Object.keys(lacks).filter((says) => !BEHAVIOURS.some((behaviour) => behaviour.says === says));
  if (unknown.length > 0) throw new Error(`${name} is said to lack behaviours that are not in the suite: ${unknown}`);

  describe(`API Gateway’s behaviour on ${name}`, () => {
    for (const { says, settings, check } of BEHAVIOURS) {
      const lack = lacks[says] ?? (settings && !hasSettings ? 'its limits and faults cannot be set' : undefined);
      const skip = lack === undefined ? false : `${name}: ${lack}`;
      it(says, { skip }, async (t) => check(new ProbeApi(await target.start(t, settings))));
    }
  });
}
