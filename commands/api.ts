// `npm run api`: writes docs/api.md.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from './build/sources.ts';
import { apiPage } from './package/api-page.ts';

await writeFile(join(PROJECT, 'docs/api.md'), await apiPage());
