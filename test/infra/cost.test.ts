// What the cost says that the stack has, counted in the template.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STACK } from '../../lib/cost.ts';
import { synthesize } from '../support/stack.ts';

const template = synthesize();
const count = (type: string) => Object.keys(template.findResources(type)).length;

describe('the cost and the stack agree on', () => {
  it('the memory of the functions', () => {
    const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
    for (const [id, { Properties }] of functions) {
      const [, name] = /^(Connect|Disconnect|Message|Broadcast)[0-9A-F]{8}$/.exec(id) ?? [];
      if (name === undefined) continue;
      const gigabytes = name === 'Broadcast' ? STACK.broadcastGigabytes : STACK.otherGigabytes;
      assert.equal(Properties.MemorySize, gigabytes * 1024, name);
    }
  });

  it('dashboards, alarms and secrets', () => {
    assert.equal(count('AWS::CloudWatch::Dashboard'), STACK.dashboards);
    assert.equal(count('AWS::CloudWatch::Alarm'), STACK.alarmMetrics);
    assert.equal(count('AWS::SecretsManager::Secret'), STACK.secrets);
  });
});
