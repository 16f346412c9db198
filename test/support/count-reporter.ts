// A reporter of Node's test runner that writes the counts of a run as one JSON object.

import type { TestEvent } from 'node:test/reporters';

export default async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let summary = { pass: 0, fail: 0, skipped: 0 };
  for await (const { type, data } of events) {
    // The summary of the whole run has no file.
    if (type !== 'test:summary' || data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = data.counts;
    summary = { pass: passed, fail: tests - passed - skipped - todo, skipped };
  }
  yield JSON.stringify(summary);
}
