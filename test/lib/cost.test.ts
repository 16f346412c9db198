// Compares the inputs of the cost with the template.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { STACK } from '../../cost/assumptions.ts';
import { monthlyCost } from '../../cost/monthly-cost.ts';
import type { TickcastStackProps } from '../../lib/tickcast-stack.ts';
import { DEFAULT_BROADCAST_MEMORY, DEFAULT_HANDLER_MEMORY } from '../../protocol/limits.ts';
import { functionsOf, resourcesOf, synthesize } from '../support/stack.ts';

const template = synthesize();
const count = (type: string) => Object.keys(template.findResources(type)).length;

/** @returns the monthly cost that the stack reports */
function usdOf(props: TickcastStackProps): number {
  const [output] = Object.values(synthesize(props).findOutputs('FullMonthlyCost'));
  return Number(output?.Value.match(/\d+/)[0]);
}

describe('the cost and the stack agree on', () => {
  it('the properties that determine the cost', () => {
    const base = { maxViewers: 1_000, interval: Duration.seconds(10) };
    for (const [props, usage] of [
      [{}, {}],
      [{ shards: 2 }, { shards: 2 }],
      [{ broadcastMemorySize: 1_769 }, { broadcastMemorySize: 1_769 }],
      [{ handlerMemorySize: 10_240 }, { handlerMemorySize: 10_240 }],
      [{ site: false, allowedOrigins: ['https://www.example'] }, { site: false }],
    ] as const) {
      const { totalUsd } = monthlyCost({ viewers: 1_000, intervalSeconds: 10, ...usage });
      assert.equal(usdOf({ ...base, ...props }), Math.ceil(totalUsd), JSON.stringify(usage));
    }
    assert.ok(usdOf({ broadcastMemorySize: 1_769 }) > usdOf({ broadcastMemorySize: 512 }));
  });

  it('the memory of the functions', () => {
    const functions = Object.entries(functionsOf(template));
    assert.equal(functions.length, 4);
    for (const [name, { Properties }] of functions) {
      const memory = name === 'broadcast' ? DEFAULT_BROADCAST_MEMORY : DEFAULT_HANDLER_MEMORY;
      assert.equal(Properties.MemorySize, memory, name);
    }
  });

  it('the numbers of dashboards, alarms and secrets', () => {
    assert.equal(count('AWS::CloudWatch::Dashboard'), STACK.dashboards);
    for (const shards of [1, 4]) {
      const alarms = resourcesOf(synthesize({ shards }), 'AWS::CloudWatch::Alarm');
      assert.equal(alarms.length, STACK.alarmMetrics + STACK.alarmMetricsPerShard * shards);
      for (const [, { Properties }] of alarms) assert.equal(typeof Properties.MetricName, 'string', 'one metric');
    }
    assert.equal(count('AWS::SecretsManager::Secret'), STACK.secrets);
  });
});
