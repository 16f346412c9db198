import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { everySecond } from '../../web/src/every-second.ts';

describe('every second', () => {
  it('ends at once when what it calls back ends it', async () => {
    let calls = 0;
    // The next second is always a millisecond away.
    const end = everySecond(
      () => 999,
      () => {
        calls++;
        if (calls === 3) end();
      },
    );
    await sleep(100);
    end();

    assert.equal(calls, 3);
  });
});
