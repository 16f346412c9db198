// Firefox, over WebDriver BiDi. On Debian: `apt-get install firefox-esr`.

import puppeteer from 'puppeteer-core';
import type { BrowserKind } from './browser-port.ts';
import { findProgram } from './find-program.ts';

const PROGRAMS = ['firefox-esr', 'firefox'];

export const firefox: BrowserKind = {
  name: 'Firefox',
  roundsClocks: true,
  missing: () => (findProgram(PROGRAMS) === undefined ? `${PROGRAMS.join(' or ')} is not installed` : undefined),
  async start({ isDark = false, hasRoundedClocks = false } = {}) {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      headless: true,
      executablePath: findProgram(PROGRAMS),
      extraPrefsFirefox: {
        'intl.accept_languages': 'en-US',
        'ui.systemUsesDarkTheme': isDark ? 1 : 0,
        'privacy.resistFingerprinting': hasRoundedClocks,
      },
    });
    return {
      async open(viewport) {
        const page = await browser.newPage();
        await page.setViewport(viewport);
        return {
          goto: async (url) => void (await page.goto(url)),
          resize: (size) => page.setViewport(size),
          evaluate: (expression) => page.evaluate(expression) as Promise<never>,
          click: (selector) => page.click(selector),
          screenshot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
          close: () => page.close(),
        };
      },
      close: () => browser.close(),
    };
  },
};
