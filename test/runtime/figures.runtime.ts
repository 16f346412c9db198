// Compares the metrics that the functions write on AWS's Lambda runtime client with the metrics of alarms and dashboard
// in the same template. `.ci/on-lambda-runtime` runs it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scheduleInput } from '../../local/deployment.ts';
import { startDateProxy } from '../support/date-proxy.ts';
import { askedFigures, writtenFigures } from './figures.ts';
import { prepareRuntimeStage } from './stage.ts';

const VIEWERS = 3;
const RUN_MILLIS = 12_000;
const HOUR_MILLIS = 3_600_000;

describe('the metrics of the functions on the runtime client of AWS', () => {
  it('are the metrics of alarms and dashboard, by name and dimensions', async (t) => {
    const stage = await prepareRuntimeStage({ maxViewers: VIEWERS });
    t.after(() => stage[Symbol.asyncDispose]());
    const { connect, broadcast } = stage.environments;

    // One refusal of each status.
    assert.equal((await stage.connect({ query: `?id=${'x'.repeat(1_000)}` })).status, 400);
    assert.equal((await stage.connect({ origin: 'https://foreign.example' })).status, 403);
    for (let count = 0; count < VIEWERS; count++) assert.equal((await stage.connect()).status, 101);
    assert.equal((await stage.connect()).status, 429);

    // One run that a message starts.
    assert.equal((await broadcast.invoke(await stage.nextWake(), RUN_MILLIS)).kind, 'returned');

    // One run with a clock that is wrong by the dates of table and queue.
    const queueUrl = await startDateProxy(t, stage.queueUrl, HOUR_MILLIS);
    const wrong = await stage.startBroadcast({
      AWS_ENDPOINT_URL_DYNAMODB: await startDateProxy(t, stage.dynamoDbEndpoint, HOUR_MILLIS),
      AWS_ENDPOINT_URL_SQS: new URL(queueUrl).origin,
    });
    const outcome = await wrong.invoke(scheduleInput(new Date().toISOString(), 0));
    assert.ok(outcome.kind === 'threw');
    assert.match(outcome.error, /the clock of this environment is wrong, so it is not used again/);

    const written = writtenFigures([connect, broadcast, wrong].flatMap(({ records }) => records));
    assert.deepEqual(written, askedFigures(stage.deployment.template));
    t.diagnostic(`${written.length} metrics`);
  });
});
