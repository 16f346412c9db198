import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { invokeAsynchronously } from '../../local/functions/asynchronous.ts';
import { Concurrency } from '../../local/functions/concurrency.ts';
import { LocalFunction, type LocalFunctionOptions } from '../../local/functions/local-function.ts';

function makeFunction(t: TestContext, changes: Partial<LocalFunctionOptions> = {}) {
  const outputs: string[] = [];
  const fn = new LocalFunction({
    functionName: 'example',
    handlerUrl: new URL('./fixtures/handler.ts', import.meta.url).href,
    variables: { GREETING: 'hello', AWS_REGION: 'us-east-1' },
    timeoutMillis: 5_000,
    output: (text) => outputs.push(text),
    ...changes,
  });
  t.after(() => fn.dispose());
  return { fn, outputs };
}

describe('a local function', () => {
  it('returns the result of the handler as JSON, like Lambda', async (t) => {
    const { fn } = makeFunction(t);

    const outcome = await fn.invoke({ do: 'return', value: { when: new Date(0), nothing: undefined } });

    assert.deepEqual(outcome, { kind: 'returned', value: { when: '1970-01-01T00:00:00.000Z' } });
    assert.deepEqual(await fn.invoke({ do: 'return' }), { kind: 'returned', value: null });
  });

  it('has its own environment variables and those of Lambda, but none of this process', async (t) => {
    const { fn } = makeFunction(t, { memoryMegabytes: 256, region: 'eu-central-1' });

    const { value } = (await fn.invoke({ do: 'environment' })) as { value: Record<string, string> };

    const { AWS_LAMBDA_LOG_STREAM_NAME: logStream, ...others } = value;
    assert.match(logStream ?? '', /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    assert.deepEqual(others, {
      GREETING: 'hello',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_NAME: 'example',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/example',
      AWS_REGION: 'eu-central-1',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
    });
  });

  it('gets a context with a unique request id and the remaining time', async (t) => {
    const { fn } = makeFunction(t);

    const contexts = [await fn.invoke({ do: 'context' }), await fn.invoke({ do: 'context' })];

    const [first, second] = contexts.map((outcome) => (outcome as { value: Record<string, string | number> }).value);
    assert.equal(first?.functionName, 'example');
    assert.equal(first?.functionVersion, '$LATEST');
    assert.equal(first?.memoryLimitInMB, '128');
    assert.equal(first?.logGroupName, '/aws/lambda/example');
    assert.match(String(first?.logStreamName), /\[\$LATEST\]/);
    assert.notEqual(first?.awsRequestId, second?.awsRequestId);
    assert.ok(Number(first?.remainingMillis) > 0 && Number(first?.remainingMillis) <= 5_000);
  });

  it('reuses an environment, and starts another for a concurrent invocation', async (t) => {
    const { fn } = makeFunction(t);

    assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 1 });
    const first = fn.invoke({ do: 'wait', millis: 3_000 });

    assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 1 });
    assert.deepEqual(await first, { kind: 'returned', value: 2 });
  });

  it('starts no further environment while invocations wait only briefly', async (t) => {
    const { fn } = makeFunction(t);
    await fn.invoke({ do: 'count' });

    for (let turn = 0; turn < 20; turn++) await Promise.all([1, 2].map(() => fn.invoke({ do: 'wait', millis: 1 })));

    assert.equal(fn.environmentCount, 1);
  });

  it('continues a slow start when its invocation times out', async (t) => {
    const { fn } = makeFunction(t, {
      handlerUrl: new URL('./fixtures/slow-start.ts', import.meta.url).href,
      initializationMillis: 100,
      timeoutMillis: 100,
    });

    assert.deepEqual(await fn.invoke({}), { kind: 'timedOut' });
    while ((await fn.invoke({})).kind !== 'returned') await sleep(10);
    assert.deepEqual(await fn.invoke({}), { kind: 'returned', value: 2 }, 'the event of the first was not given to it');
    assert.equal(fn.environmentCount, 1);
  });

  it('fails only the invocation whose event cannot be passed to a thread', async (t) => {
    const { fn } = makeFunction(t);

    const outcome = await fn.invoke({ do: 'return', value: () => {} });

    assert.ok(outcome.kind === 'threw');
    assert.match(outcome.error, /could not be cloned/);
    assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 1 });
  });

  it('serves ten concurrent invocations of a slow handler', async (t) => {
    const { fn } = makeFunction(t);

    const outcomes = await Promise.all(Array.from({ length: 10 }, () => fn.invoke({ do: 'meet', count: 10 })));

    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      Array(10).fill('returned'),
    );
  });

  it('starts prompt environments without waiting', async (t) => {
    const { fn } = makeFunction(t, { promptEnvironments: 3 });

    const calls = Array.from({ length: 4 }, () => fn.invoke({ do: 'wait', millis: 20 }));

    assert.equal(fn.environmentCount, 3);
    await Promise.all(calls);
  });

  it('does not start an invocation that was aborted while it waited', async (t) => {
    const { fn } = makeFunction(t, { maxEnvironments: 1 });
    const busy = fn.invoke({ do: 'wait', millis: 300 });

    const outcome = await fn.invoke({ do: 'count' }, { signal: AbortSignal.timeout(100) });

    assert.deepEqual(outcome, { kind: 'dropped' });
    await busy;
    assert.deepEqual(
      await fn.invoke({ do: 'count' }),
      { kind: 'returned', value: 2 },
      'the one that was given up left no trace',
    );
  });

  it('throttles invocations above the concurrency of the account, over all its functions', async (t) => {
    const concurrency = new Concurrency(2);
    const [one, two] = [makeFunction(t, { concurrency, maxEnvironments: 1 }), makeFunction(t, { concurrency })];
    const running = one.fn.invoke({ do: 'wait', millis: 300 });
    const waiting = one.fn.invoke({ do: 'count' });

    assert.deepEqual(await two.fn.invoke({ do: 'count' }), { kind: 'throttled' });
    await Promise.all([running, waiting]);
    assert.equal((await two.fn.invoke({ do: 'count' })).kind, 'returned');
  });

  it('does not count the start of an environment toward the timeout', async (t) => {
    const { fn } = makeFunction(t, {
      handlerUrl: new URL('./fixtures/slow-start.ts', import.meta.url).href,
      timeoutMillis: 200,
    });

    assert.deepEqual(await fn.invoke({}), { kind: 'returned', value: 1 });
    assert.deepEqual(await fn.invoke({}), { kind: 'returned', value: 2 });
  });

  it('makes invocations wait at its maximum number of environments', async (t) => {
    const { fn } = makeFunction(t, { maxEnvironments: 2 });

    const outcomes = await Promise.all(Array.from({ length: 9 }, () => fn.invoke({ do: 'wait', millis: 150 })));

    const counts = outcomes.map((outcome) => (outcome as { value: number }).value);
    assert.equal(counts.length, 9);
    assert.equal(counts.filter((count) => count === 1).length, 2);
    assert.equal(fn.environmentCount, 2);
  });

  const failures: [string, RegExp][] = [
    ['throw', /TypeError: as asked/],
    ['throw later', /uncaught/],
    ['exit', /exited with code 7/],
  ];
  for (const [what, error] of failures) {
    it(`reports a handler that does "${what}", writes it to its output, and continues`, async (t) => {
      const { fn, outputs } = makeFunction(t);

      const outcome = await fn.invoke({ do: what });

      assert.ok(outcome.kind === 'threw');
      assert.match(outcome.error, error);
      assert.match(outputs.join(''), error);
      assert.equal((await fn.invoke({ do: 'count' })).kind, 'returned');
    });
  }

  it('reports a module that cannot be loaded', async (t) => {
    const { fn } = makeFunction(t, { handlerUrl: new URL('./fixtures/missing.ts', import.meta.url).href });

    const outcome = await fn.invoke({});

    assert.ok(outcome.kind === 'threw');
    assert.match(outcome.error, /ERR_MODULE_NOT_FOUND/);
  });

  it('continues after an environment has crashed between two invocations', async (t) => {
    const { fn } = makeFunction(t);

    await fn.invoke({ do: 'return after planning a crash' });
    // The crash happens before or during the second invocation. The third gets a new environment in both cases.
    await fn.invoke({ do: 'wait', millis: 20 });

    assert.equal((await fn.invoke({ do: 'count' })).kind, 'returned');
  });

  it('freezes work that the handler did not await, after its output has arrived', async (t) => {
    const { fn, outputs } = makeFunction(t);

    await fn.invoke({ do: 'return and go on' });
    await sleep(300);

    assert.match(outputs.join(''), /said before the answer/);
    const { value } = (await fn.invoke({ do: 'turns' })) as { value: number };
    assert.ok(value < 10, `${value} turns`);
    const { value: later } =
      (await fn.invoke({ do: 'wait', millis: 100 })) && ((await fn.invoke({ do: 'turns' })) as { value: number });
    assert.ok(later > value, `${later} turns`);
  });

  it('freezes after each answer, even if its thread gets the event early', async (t) => {
    const { fn } = makeFunction(t);
    await fn.invoke({ do: 'return and go on' });

    for (let round = 0; round < 60; round++) {
      const { value: before } = (await fn.invoke({ do: 'turns' })) as { value: number };
      await sleep(60);
      const { value: after } = (await fn.invoke({ do: 'turns' })) as { value: number };

      assert.ok(after - before < 8, `${after - before} turns in round ${round}`);
    }
  });

  it('does not freeze if the next event arrives immediately', async (t) => {
    const { fn } = makeFunction(t);

    for (let count = 1; count <= 300; count++) {
      assert.deepEqual(await fn.invoke({ do: 'wait', millis: 1 }), { kind: 'returned', value: count });
    }
  });

  for (const what of ['hang', 'spin']) {
    it(`kills a handler that does "${what}" longer than its timeout, and continues`, async (t) => {
      const { fn, outputs } = makeFunction(t, { timeoutMillis: 400 });

      assert.deepEqual(await fn.invoke({ do: what }), { kind: 'timedOut' });

      assert.match(outputs.join(''), /Task timed out after 0\.40 seconds/);
      assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 1 });
    });
  }

  it('returns its shared places on a restart', async (t) => {
    const furtherEnvironments = new Concurrency(1);
    const { fn } = makeFunction(t, { furtherEnvironments });
    for (let restart = 0; restart < 2; restart++) {
      await Promise.all([1, 2].map(() => fn.invoke({ do: 'meet', count: 2 })));
      await fn.restart();
    }

    assert.equal(furtherEnvironments.take(), true);
    assert.equal(fn.environmentCount, 0);
  });

  it('ends running and waiting invocations when it is disposed of', async (t) => {
    const { fn } = makeFunction(t, { maxEnvironments: 1 });

    const outcomes = [fn.invoke({ do: 'hang' }), fn.invoke({ do: 'count' }), fn.invoke({ do: 'count' })];
    await fn.dispose();

    for (const outcome of await Promise.all([...outcomes, fn.invoke({ do: 'count' })])) {
      assert.equal(outcome.kind, 'threw');
    }
  });
});

describe('a local function that crashes', () => {
  it('loses only its longest-running invocation', async (t) => {
    const { fn } = makeFunction(t);
    const [first, second] = [fn.invoke({ do: 'hang' }), fn.invoke({ do: 'wait', millis: 100 })];
    await sleep(20);

    assert.equal(await fn.crash(), true);
    assert.equal((await first).kind, 'threw');
    assert.equal((await second).kind, 'returned');
    assert.equal(await fn.crash(), false, 'nothing is at work');
    assert.equal((await fn.invoke({ do: 'count' })).kind, 'returned');
  });
});

describe('an asynchronous invocation', () => {
  const AGE_MILLIS = 5_000;
  const EXHAUSTED = 'an event was dropped: RetriesExhausted\n';
  const TOO_OLD = 'an event was dropped: EventAgeExceeded\n';

  it('is not retried after a failure', async (t) => {
    const { fn, outputs } = makeFunction(t);
    await invokeAsynchronously(fn, { do: 'throw' }, AGE_MILLIS);

    assert.equal(outputs.join('').match(/as asked/g)?.length, 1);
    assert.equal(outputs.at(-1), EXHAUSTED);
  });

  it('is not retried after success', async (t) => {
    const { fn, outputs } = makeFunction(t);
    await invokeAsynchronously(fn, { do: 'count' }, AGE_MILLIS);

    assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 2 });
    assert.deepEqual(outputs, []);
  });

  it('is dropped if it waits until its event is too old, and the environment serves others', async (t) => {
    const { fn, outputs } = makeFunction(t, { maxEnvironments: 1 });
    const busy = fn.invoke({ do: 'wait', millis: 200 });

    await invokeAsynchronously(fn, { do: 'count' }, 50);
    assert.ok(outputs.includes(TOO_OLD));
    await busy;
    assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 2 }, 'after the busy one');
  });

  it('is retried after throttling until its event is too old', async (t) => {
    const concurrency = new Concurrency(1);
    const { fn, outputs } = makeFunction(t, { concurrency });
    const busy = fn.invoke({ do: 'wait', millis: 300 });

    await Promise.all([
      invokeAsynchronously(fn, { do: 'count' }, AGE_MILLIS),
      invokeAsynchronously(fn, { do: 'count' }, 500),
    ]);
    await busy;
    assert.ok(outputs.includes(TOO_OLD));
    assert.deepEqual(await fn.invoke({ do: 'count' }), { kind: 'returned', value: 3 });
  });
});

describe('a handler that takes a callback', () => {
  it('is refused, as since Node.js 24', async (t) => {
    const { fn, outputs } = makeFunction(t, {
      handlerUrl: new URL('./fixtures/callback-handler.ts', import.meta.url).href,
    });
    assert.equal((await fn.invoke({})).kind, 'threw');

    assert.match(
      outputs.join(''),
      /Runtime\.CallbackHandlerDeprecated: the handler takes a callback: since Node\.js 24 a handler must be async/,
    );
  });
});
