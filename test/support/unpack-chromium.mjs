// Unpacks the Chromium of @sparticuz/chromium, its libraries and its font into the temporary folder of this process:
// the package knows no other place. Run by browser.ts with TMPDIR set.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';

const archives = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../bin');
await Promise.all(['chromium.br', 'al2023.tar.br', 'fonts.tar.br'].map((file) => inflate(join(archives, file))));
