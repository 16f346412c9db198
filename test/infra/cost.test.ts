// What the cost says that the stack has, counted in the template.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STACK } from '../../lib/cost.ts';
import { functionsOf, resourcesOf, synthesize } from '../support/stack.ts';

const template = synthesize();
const count = (type: string) => Object.keys(template.findResources(type)).length;

describe('the cost and the stack agree on', () => {
  it('the memory of the functions', () => {
    const functions = Object.entries(functionsOf(template));
    assert.equal(functions.length, 4);
    for (const [name, { Properties }] of functions) {
      const gigabytes = name === 'broadcast' ? STACK.broadcastGigabytes : STACK.otherGigabytes;
      assert.equal(Properties.MemorySize, gigabytes * 1024, name);
    }
  });

  it('dashboards, alarms and secrets', () => {
    assert.equal(count('AWS::CloudWatch::Dashboard'), STACK.dashboards);
    for (const shards of [1, 4]) {
      const alarms = resourcesOf(synthesize({ shards }), 'AWS::CloudWatch::Alarm');
      assert.equal(alarms.length, STACK.alarmMetrics + STACK.alarmMetricsPerShard * shards);
      for (const [, { Properties }] of alarms) assert.equal(typeof Properties.MetricName, 'string', 'one metric');
    }
    assert.equal(count('AWS::SecretsManager::Secret'), STACK.secrets);
  });
});
