import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeFormats, readHours } from '../../web/src/formats.ts';

const NEW_YEAR = new Date(2027, 0, 1, 20, 5).getTime();
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('the formats', () => {
  for (const [locale, hours, time, moment] of [
    ['en-US', undefined, '8:05:00 PM', 'January 1, 2027 at 8:05:00 PM'],
    ['en-US', '24', '20:05:00', 'January 1, 2027 at 20:05:00'],
    ['en-GB', undefined, '20:05:00', '1 January 2027 at 20:05:00'],
    ['en-GB', '12', '8:05:00 pm', '1 January 2027 at 8:05:00 pm'],
    ['zh-CN', undefined, '20:05:00', '2027年1月1日 20:05:00'],
    ['zh-CN', '12', '下午8:05:00', '2027年1月1日 下午8:05:00'],
  ] as const) {
    it(`are consistent in ${locale} with ?hours=${hours}`, () => {
      const formats = makeFormats(locale, readHours(hours ?? null))();
      assert.equal(plain(formats.time.format(NEW_YEAR)), time);
      assert.equal(plain(formats.moment(NEW_YEAR)), moment);
    });
  }

  it('write midnight as 00, and 12 AM', () => {
    const midnight = new Date(2027, 0, 1).getTime();
    assert.equal(makeFormats('en-US', 24)().time.format(midnight), '00:00:00');
    assert.equal(plain(makeFormats('en-US', 12)().time.format(midnight)), '12:00:00 AM');
  });

  it('contain the era for years before the year 1', () => {
    assert.match(makeFormats('en-US', undefined)().moment(-8_640_000_000_000_000), /271822 (B|BC)\b/);
    assert.match(makeFormats('zh-CN', undefined)().moment(-8_640_000_000_000_000), /^公元前271822年/);
    assert.doesNotMatch(makeFormats('en-US', undefined)().moment(0), /AD/);
  });

  it('use a changed time zone of the system', (t) => {
    const { TZ } = process.env;
    t.after(() => setZone(TZ));
    setZone('Europe/Berlin');
    const formats = makeFormats('en-US', undefined);
    assert.equal(formats().timeZone, 'Europe/Berlin');
    assert.equal(formats(), formats());
    setZone('Asia/Tokyo');
    assert.equal(formats().timeZone, 'Asia/Tokyo');
    assert.equal(plain(formats().moment(0)), 'January 1, 1970 at 9:00:00 AM');
  });
});

/** Sets `TZ`, which Node uses immediately. */
function setZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
}
