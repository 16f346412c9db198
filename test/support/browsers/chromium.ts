import { launchBrowser } from '../browser.ts';
import type { BrowserKind } from './browser-port.ts';

export const chromium: BrowserKind = {
  name: 'Chromium',
  roundsClocks: false,
  missing: () => undefined,
  async start({ isDark = false } = {}) {
    const browser = await launchBrowser();
    return {
      async open(viewport) {
        const page = await browser.newPage({ viewport, locale: 'en-US', colorScheme: isDark ? 'dark' : 'light' });
        return {
          goto: async (url) => void (await page.goto(url)),
          resize: (size) => page.setViewportSize(size),
          evaluate: (expression) => page.evaluate(expression),
          click: (selector) => page.click(selector),
          screenshot: async (path) => void (await page.screenshot({ path })),
          close: () => page.close(),
        };
      },
      close: () => browser.close(),
    };
  },
};
