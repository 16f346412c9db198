// The texts of the page: equal in index.html and texts.ts, and complete in both languages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { describeClockError, describeMillis } from '../../web/src/clock-error.ts';
import { chooseLanguage } from '../../web/src/language.ts';
import { type PageText, TEXTS } from '../../web/src/texts.ts';

const html = readFileSync(new URL('../../web/index.html', import.meta.url), 'utf8');

describe('the texts', () => {
  it('are the English texts in index.html', () => {
    const written = [...html.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)].map(([, key, text]) => [key, text]);
    const labels = [...html.matchAll(/(?:aria-label|placeholder)="([^"]*)" data-(?:label|placeholder)="(\w+)"/g)];
    const all = [...written, ...labels.map(([, text, key]) => [key, text])];

    assert.equal(all.length, html.match(/data-(text|label|placeholder)=/g)?.length);
    for (const [key, text] of all) assert.equal(text, TEXTS.en.page[key as PageText], key);
  });

  it('are Chinese in Chinese', () => {
    for (const [key, text] of [...Object.entries(TEXTS.zh.page), ...Object.entries(TEXTS.zh.states)]) {
      assert.match(text, /\p{Script=Han}/u, key);
    }
  });
});

describe('describeClockError', () => {
  const { en, zh } = TEXTS;

  it('contains the error of a clock if it exceeds the bound', () => {
    assert.equal(describeClockError(en, -1_300, 11.2), 'Your clock is 1.3 s fast, ± 12 ms');
    assert.equal(describeClockError(en, 340, 12), 'Your clock is 340 ms slow, ± 12 ms');
    assert.equal(describeClockError(en, -12, 12), 'Your clock is right, ± 12 ms');
    assert.equal(describeClockError(zh, -1_300, 11.2), '您的时钟快了 1.3 秒（±12 毫秒）');
  });

  it('is empty before the bound is known', () => {
    assert.equal(describeClockError(en, undefined, Infinity), en.page.comparing);
    assert.equal(describeClockError(en, 1_300, Infinity), en.page.comparing);
  });

  it('selects the unit', () => {
    const amounts = [0.4, 999.4, 999.5, 119_900, 120_000, 3_600_000, 7_200_000, 31_536_000_000];
    assert.deepEqual(
      amounts.map((millis) => describeMillis(en, millis)),
      ['0 ms', '999 ms', '1.0 s', '119.9 s', '2.0 min', '60.0 min', '2.0 h', '365.0 days'],
    );
  });
});

describe('chooseLanguage', () => {
  for (const [asked, preferred, expected] of [
    [null, [], { language: 'en', locale: 'en' }],
    [null, ['de-DE', 'fr'], { language: 'en', locale: 'en' }],
    [null, ['de', 'zh-TW', 'en'], { language: 'zh', locale: 'zh-TW' }],
    [null, ['en-GB', 'zh'], { language: 'en', locale: 'en-GB' }],
    ['zh', ['en-GB'], { language: 'zh', locale: 'zh-Hans' }],
    ['zh-CN', ['zh-SG', 'en'], { language: 'zh', locale: 'zh-SG' }],
    ['EN_us', ['zh'], { language: 'en', locale: 'en' }],
    ['klingon', ['zh'], { language: 'zh', locale: 'zh' }],
    ['', ['en-US@posix'], { language: 'en', locale: 'en' }],
  ] as const) {
    it(`returns ${expected.locale} for ${asked} and [${preferred}]`, () => {
      assert.deepEqual(chooseLanguage(asked, preferred), expected);
    });
  }
});
