import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { meantInSeconds, parseMoment, remaining } from '../../web/src/moment.ts';

describe('parseMoment', () => {
  for (const [text, instant] of [
    ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2027-01-01T00:00Z', '2027-01-01T00:00:00Z'],
    ['2027-01-01t00:00:00.250z', '2027-01-01T00:00:00.250Z'],
    ['2027-01-01T08:00:00,5+08:00', '2027-01-01T00:00:00.5Z'],
    ['2027-01-01T08:00:00+0800', '2027-01-01T00:00:00Z'],
    // URLSearchParams decodes a plus sign as a space.
    ['2027-01-01T08:00:00 08:00', '2027-01-01T00:00:00Z'],
    [' 2026-12-31T19:00:00-05:00 ', '2027-01-01T00:00:00Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['1798761600000', '2027-01-01T00:00:00Z'],
    ['-1', '1969-12-31T23:59:59.999Z'],
    ['0099-03-01T00:00:00Z', '0099-03-01T00:00:00Z'],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(parseMoment(text), Date.parse(instant)));
  }

  for (const text of [
    ...['', ' ', 'soon', '1e3', '0x10', 'Infinity', '12.5', '2027-01-01', '2027-01-01T00:00:00'],
    ...['2027-02-29T00:00:00Z', '2027-13-01T00:00:00Z', '2027-00-10T00:00:00Z', '2027-01-01T24:00:00Z'],
    ...['2027-01-01T00:60:00Z', '2027-01-01T00:00:60Z', '2027-01-01T00:00:00+24:00', '+002027-01-01T00:00:00Z'],
    ...['8640000000000001', '-8640000000000001', '2027-01-01T00:00:00Z<script>', 'Fri, 01 Jan 2027 00:00:00 GMT'],
    ...['1798761600', '1000000000', '99999999999'],
  ]) {
    it(`refuses "${text}"`, () => assert.equal(parseMoment(text), undefined));
  }

  it('parses every text of Date, and never throws', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
        assert.equal(parseMoment(date.toISOString()), date.getTime());
        const millis = date.getTime();
        assert.equal(parseMoment(String(millis)), millis >= 1e9 && millis < 1e11 ? undefined : millis);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => parseMoment(text) === undefined || /^\s*-?\d+\s*$/.test(text)));
  });
});

describe('meantInSeconds', () => {
  for (const [text, millis] of [
    ['1798761600', 1_798_761_600_000],
    [' 1000000000 ', 1e12],
    ['99999999999', 99_999_999_999_000],
    ['999999999', undefined],
    ['100000000000', undefined],
    ['-1798761600', undefined],
    ['2027-01-01T00:00:00Z', undefined],
  ] as const) {
    it(`reads "${text}" as ${millis}`, () => assert.equal(meantInSeconds(text), millis));
  }
});

describe('remaining', () => {
  const left = (isReached: boolean, seconds: number) => ({ isReached, days: 0, hours: 0, minutes: 0, seconds });

  it('is zero from the end on, and one second in the second before', () => {
    assert.deepEqual(remaining(10_000, 9_999), left(false, 1));
    assert.deepEqual(remaining(10_000, 9_000), left(false, 1));
    assert.deepEqual(remaining(10_000, 10_000), left(true, 0));
    assert.deepEqual(remaining(10_000, 10_999), left(true, 0));
    assert.deepEqual(remaining(10_000, 11_000), left(true, 1));
  });

  it('has parts whose sum is the remaining time', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e12, max: 8.64e12 }), (all) => {
        const { days, hours, minutes, seconds, isReached } = remaining(all * 1000, 0);
        assert.equal(days * 86_400 + hours * 3_600 + minutes * 60 + seconds, Math.abs(all));
        assert.ok(hours < 24 && minutes < 60 && seconds < 60);
        assert.equal(isReached, all <= 0);
      }),
    );
  });
});
