import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatMessage, parseClientMessage, parseServerMessage, tickFormatter } from '../../protocol/messages.ts';
import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';

const intervalMillis = fc.integer({ min: 1, max: 60 }).map((seconds) => seconds * 1000);
const epochMillis = fc.integer({ min: 0, max: Date.UTC(2100, 0) });

/** Any UTF-16 code unit, also a lone surrogate. fast-check's own `unit: 'binary'` needs a second of CPU at startup. */
const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

describe('a tick', () => {
  it('has the shape that PROTOCOL.md shows', () => {
    const text = tickFormatter(1763861880, 1000)(1763861880004);

    assert.equal(
      text,
      '{"type":"tick","sequence":1763861880,"time":"2025-11-23T01:38:00.000Z","sentAt":1763861880004,"intervalMillis":1000}',
    );
  });

  it('has the number of the interval that contains the time', () => {
    fc.assert(
      fc.property(epochMillis, intervalMillis, (now, interval) => {
        const boundary = boundaryMillis(sequenceAt(now, interval), interval);
        assert.ok(boundary <= now && now < boundary + interval);
      }),
    );
  });

  it('has the boundary as its sequence and as its time', () => {
    fc.assert(
      fc.property(epochMillis, intervalMillis, fc.nat(900), (now, interval, lateMillis) => {
        const sequence = sequenceAt(now, interval);
        const boundary = boundaryMillis(sequence, interval);

        const tick = parseServerMessage(tickFormatter(sequence, interval)(boundary + lateMillis));

        assert.ok(tick?.type === 'tick');
        assert.equal(Date.parse(tick.time), boundary);
        assert.equal(tick.sequence, sequence);
        assert.equal(tick.sentAt, boundary + lateMillis);
        assert.equal(tick.intervalMillis, interval);
      }),
    );
  });
});

describe('parseClientMessage', () => {
  it('accepts any finite number as clientSentAt', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (clientSentAt) => {
        const text = JSON.stringify({ action: 'sync', clientSentAt });
        // JSON.stringify writes -0 as 0.
        assert.deepEqual(parseClientMessage(text), { action: 'sync', clientSentAt: clientSentAt + 0 });
      }),
    );
  });

  it('does not throw for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: codeUnit }), fc.json(), fc.constant('null'), fc.constant('')), (text) => {
        assert.ok(['sync', 'other', 'invalid'].includes(parseClientMessage(text).action));
      }),
    );
  });

  for (const [text, got] of [
    ['{"action":"sync"}', 'nothing'],
    ['{"action":"sync","clientSentAt":"now"}', '"now"'],
    ['{"action":"sync","clientSentAt":null}', 'null'],
    ['{"action":"sync","clientSentAt":1e999}', 'null'],
  ]) {
    it(`returns an error that describes what is wrong with ${text}`, () => {
      assert.deepEqual(parseClientMessage(text ?? ''), {
        action: 'invalid',
        error: `sync needs "clientSentAt", a finite number of milliseconds; got ${got}`,
      });
    });
  }

  it('cuts a long value in the error', () => {
    const message = parseClientMessage(JSON.stringify({ action: 'sync', clientSentAt: 'x'.repeat(10_000) }));

    assert.ok(message.action === 'invalid' && message.error.length < 150);
  });
});

describe('parseServerMessage', () => {
  it('parses the output of formatMessage', () => {
    const closing = { type: 'closing', code: 1001, reason: 'bye' } as const;

    assert.deepEqual(parseServerMessage(formatMessage(closing)), closing);
  });

  for (const text of ['', 'hello', '[]', '{"type":"tick"}', '{"type":"sync","clientSentAt":1}', '{"type":"closing"}']) {
    it(`returns undefined for ${JSON.stringify(text)}`, () => {
      assert.equal(parseServerMessage(text), undefined);
    });
  }

  for (const sequence of [0.5, 2 ** 53, 8.64e12 + 1, -1e13, '1', null]) {
    it(`returns undefined for a tick with the sequence ${JSON.stringify(sequence)}`, () => {
      const tick = { type: 'tick', sequence, time: '1970-01-01T00:00:01.000Z', sentAt: 1_000, intervalMillis: 1_000 };
      assert.equal(parseServerMessage(JSON.stringify(tick)), undefined);
      assert.ok(parseServerMessage(JSON.stringify({ ...tick, sequence: 8.64e12 })));
    });
  }

  for (const intervalMillis of [-1_000, 0, 999, 60_001, 1e12, '1000', null]) {
    it(`returns undefined for a tick with an interval of ${JSON.stringify(intervalMillis)} ms`, () => {
      const tick = { type: 'tick', sequence: 1, time: '1970-01-01T00:00:01.000Z', sentAt: 1_000, intervalMillis };
      assert.equal(parseServerMessage(JSON.stringify(tick)), undefined);
    });
  }
});
