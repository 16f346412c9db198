import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseMoment } from '../../web/src/moment.ts';
import { instantOf, isoInZone, wallTimeOf } from '../../web/src/zoned-moment.ts';

const ZONES = Intl.supportedValuesOf('timeZone');

describe('instantOf', () => {
  for (const [date, time, zone, instant] of [
    ['2027-01-01', '00:00', 'UTC', '2027-01-01T00:00:00Z'],
    ['2027-01-01', '08:00:30', 'Asia/Shanghai', '2027-01-01T00:00:30Z'],
    ['2027-01-01', '05:45', 'Asia/Kathmandu', '2027-01-01T00:00:00Z'],
    ['2027-07-01', '00:00', 'America/New_York', '2027-07-01T04:00:00Z'],
    // Berlin has this half hour twice, and Samoa skips a whole day.
    ['2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2011-12-30', '12:00', 'Pacific/Apia', '2011-12-30T22:00:00Z'],
    ['2028-02-29', '12:00', 'UTC', '2028-02-29T12:00:00Z'],
  ] as const) {
    it(`is ${instant} at ${time} on ${date} in ${zone}`, () => {
      assert.equal(instantOf({ date, time }, zone), Date.parse(instant));
    });
  }

  for (const [date, time] of [
    ['', ''],
    ['2027-01-01', ''],
    ['1.1.2027', '08:00'],
    ['2027-01-01', '24:01'],
    ['2027-13-01', '08:00'],
    ['2027-02-29', '08:00'],
  ] as const) {
    it(`is undefined for "${date}" and "${time}"`, () => assert.equal(instantOf({ date, time }, 'UTC'), undefined));
  }

  const seconds = fc.integer({ min: Date.UTC(1000) / 1000, max: Date.UTC(9999) / 1000 });

  it('is the inverse of the local time, except for an hour that exists twice', () => {
    fc.assert(
      fc.property(seconds, fc.constantFrom(...ZONES), (second, zone) => {
        const wall = wallTimeOf(second * 1000, zone);
        const instant = instantOf(wall, zone) ?? Number.NaN;
        assert.deepEqual(wallTimeOf(instant, zone), wall);
        assert.ok(instant <= second * 1000, `${instant} in ${zone}`);
      }),
    );
  });

  it('can be formatted and parsed again', () => {
    fc.assert(
      fc.property(seconds, fc.constantFrom(...ZONES), (second, zone) => {
        const text = isoInZone(second * 1000, zone);
        assert.equal(parseMoment(text), second * 1000, `${text} in ${zone}`);
      }),
    );
    assert.equal(isoInZone(Date.parse('2027-01-01T00:00:00Z'), 'Asia/Shanghai'), '2027-01-01T08:00:00+08:00');
    assert.equal(isoInZone(Date.parse('2027-01-01T00:00:00Z'), 'America/St_Johns'), '2026-12-31T20:30:00-03:30');
    assert.equal(isoInZone(Date.parse('1880-01-01T00:00:00Z'), 'Europe/Berlin'), '1880-01-01T00:00:00Z');
  });
});
