// Selects the browsers to test. BROWSERS is a list such as `firefox,webkit`, or `all`. The default is Chromium.

import type { BrowserKind } from './browser-port.ts';
import { chromium } from './chromium.ts';
import { firefox } from './firefox.ts';
import { webkit } from './webkit.ts';

const KINDS: Readonly<Record<string, BrowserKind>> = { chromium, firefox, webkit };

/** @throws RangeError for an unknown name */
export function browsersToTest(names = process.env.BROWSERS || 'chromium'): BrowserKind[] {
  if (names === 'all') return Object.values(KINDS);
  return names.split(',').map((name) => {
    const kind = KINDS[name];
    if (kind !== undefined) return kind;
    throw new RangeError(`BROWSERS must be "all" or some of ${Object.keys(KINDS).join(',')}, got "${names}"`);
  });
}
