// The text that the custom element shows for its attributes. test/e2e/element.test.ts tests it in a browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readAttributes } from '../../web/src/element/settings.ts';
import { socketUrls } from '../../web/src/element/socket-urls.ts';

const NOW = Date.parse('2026-11-23T14:05:09.900Z');
const NONE = { 'time-zone': null, format: null, until: null };

function show(attributes: Partial<Record<keyof typeof NONE, string>>, locale?: string) {
  const shown = readAttributes({ ...NONE, ...attributes }, locale).at(NOW);
  return { ...shown, text: shown.text.replaceAll('\u202f', ' ') };
}

describe('the attributes', () => {
  it('select time zone, format and language', () => {
    const berlin = { 'time-zone': 'Europe/Berlin' };
    assert.equal(show(berlin, 'de').text, '15:05:09');
    assert.equal(show(berlin, 'en-US').text, '03:05:09 PM');
    assert.equal(show({ ...berlin, format: 'time-short' }, 'de').text, '15:05');
    assert.equal(show({ ...berlin, format: 'date' }, 'de').text, 'Montag, 23. November 2026');
    assert.equal(show({ ...berlin, format: 'date-time' }, 'zh').text, '2026年11月23日 15:05:09');
    assert.deepEqual(show({ ...berlin, format: 'iso' }), {
      text: '2026-11-23T14:05:09Z',
      dateTime: '2026-11-23T14:05:09Z',
    });
    assert.equal(show(berlin).dateTime, '2026-11-23T14:05:09.000Z');
  });

  it('make a countdown, with any format', () => {
    const shown = show({ until: '2026-11-25T15:05:10Z', format: 'iso' }, 'en');
    assert.deepEqual(shown, { text: '2d 01:00:01', dateTime: 'P2DT1H0M1S' });
    assert.deepEqual(show({ until: '2027-01-01T00:00:00Z' }, 'fa').text, '۳۸ روز ۰۹:۵۴:۵۱');
    assert.deepEqual(show({ until: '0' }), { text: '00:00:00', dateTime: 'PT0S' });
  });

  it('work with an invalid language', () => {
    assert.equal(show({ 'time-zone': 'UTC', format: 'iso' }, 'en-US@posix').text, '2026-11-23T14:05:09Z');
    assert.match(show({ 'time-zone': 'UTC' }, 'en-US@posix').text, /05:09/);
    assert.match(show({ until: '2026-11-26T00:00:00Z' }, 'x_y').text, /^2/);
  });

  for (const [attributes, message] of [
    [{ format: 'toString' }, 'format must be one of time, time-short, date, date-time, iso, got "toString"'],
    [{ format: '' }, 'format must be one of time, time-short, date, date-time, iso, got ""'],
    [{ 'time-zone': 'Mars' }, 'time-zone must be a name such as Europe/Berlin, or UTC, got "Mars"'],
    [{ until: 'soon' }, 'until must be a time such as 2027-01-01T00:00:00Z, or milliseconds since 1970, got "soon"'],
    [
      { until: '1798761600' },
      'until must be in milliseconds since 1970, got "1798761600", which looks like seconds; use 1798761600000',
    ],
  ] as const) {
    it(`are refused: ${message}`, () => assert.throws(() => show(attributes), new RangeError(message)));
  }
});

describe('the WebSocket URL', () => {
  it('is src, relative to the page', () => {
    assert.deepEqual(socketUrls('/ws?id=1#x', 'https://shop.example/a/b'), ['wss://shop.example/ws?id=1']);
    assert.deepEqual(socketUrls(' http://a.example/ws\n wss://b.example/ws ', 'https://shop.example/'), [
      'ws://a.example/ws',
      'wss://b.example/ws',
    ]);
  });

  for (const [src, message] of [
    ['', 'src must be a WebSocket URL such as wss://clock.example.com/websocket, got ""'],
    ['  ', 'src must be a WebSocket URL such as wss://clock.example.com/websocket, got ""'],
    ['/ws mailto:a@b', 'src must begin with wss:, ws:, https: or http:, got "mailto:a@b"'],
    ['http://', 'src must be a WebSocket URL such as wss://clock.example.com/websocket, got "http://"'],
    ['mailto:a@b', 'src must begin with wss:, ws:, https: or http:, got "mailto:a@b"'],
  ] as const) {
    it(`is refused: ${message}`, () =>
      assert.throws(() => socketUrls(src, 'https://shop.example/'), new RangeError(message)));
  }
});

describe('the module', () => {
  it('can be imported without a DOM', () => {
    const script = fileURLToPath(new URL('../../web/src/element/index.ts', import.meta.url));
    const program = `const { TickCastClock } = await import(${JSON.stringify(script)}); console.log(typeof TickCastClock)`;

    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    assert.equal(output, 'function\n');
  });
});
