import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameMeter } from '../../../local/gateway/frame-meter.ts';

const MAX_BYTES = 70_000;

/** A frame of a client or a server, with an arbitrary payload. */
function frame(payloadBytes: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const key = Buffer.alloc(isMasked ? 4 : 0, 0xff);
  let head = Buffer.from([0x81, mask | payloadBytes]);
  if (payloadBytes > 65_535) {
    head = Buffer.alloc(10);
    head.writeBigUInt64BE(BigInt(payloadBytes), 2);
    head[0] = 0x81;
    head[1] = mask | 127;
  } else if (payloadBytes > 125) {
    head = Buffer.from([0x81, mask | 126, payloadBytes >> 8, payloadBytes & 0xff]);
  }
  return Buffer.concat([head, key, Buffer.alloc(payloadBytes, 0xff)]);
}

const size = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 65_535, 65_536, MAX_BYTES), fc.nat(MAX_BYTES));

describe('the frame meter', () => {
  it('accepts frames up to its limit, in any chunks', () => {
    const frames = fc.array(fc.tuple(size, fc.boolean()), { maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(frames, cuts, fc.boolean(), (sizes, lengths, isCutFine) => {
        const meter = new FrameMeter(MAX_BYTES);
        const stream = Buffer.concat(sizes.map(([bytes, isMasked]) => frame(bytes, isMasked)));
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const length = isCutFine && cut < 50 ? 1 : (lengths[cut % lengths.length] ?? 1);
          assert.ok(meter.admits(stream.subarray(at, at + length)));
          at += length;
        }
        assert.equal(meter.messages, sizes.length);
        const tooLarge = frame(MAX_BYTES + 1, true);
        assert.equal(meter.admits(tooLarge.subarray(0, 13)), true);
        assert.equal(meter.admits(tooLarge.subarray(13)), false);
        assert.equal(meter.admits(frame(1, true)), false);
        assert.equal(meter.messages, sizes.length);
      }),
    );
  });

  it('refuses the maximum length of a frame', () => {
    assert.equal(new FrameMeter(32_768).admits(Buffer.from([0x81, 0xff, ...Array(8).fill(0xff), 0, 0, 0, 0])), false);
  });
});
