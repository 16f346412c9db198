// The package.json of the published package. The repository's own is private and has the tools.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../build/sources.ts';

/** Needed only for the type declarations in `web/src/element/frameworks`. */
export const FRAMEWORKS = ['react', 'preact', 'vue', 'solid', 'svelte'] as const;

/** From the first release that supports the ids of lib/nag.ts to the newest. CI synthesizes with the oldest and the
 *  newest. */
const PEERS = { 'aws-cdk-lib': '^2.269.0', constructs: '^10.5.0' } as const;

export function manifest(): object {
  const { name, version, description, license } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  return {
    name,
    version,
    description,
    license,
    keywords: ['clock', 'time', 'countdown', 'websocket', 'custom-element', 'aws', 'cdk', 'serverless'],
    type: 'module',
    exports: {
      './client': esModule('client/index'),
      './element': esModule('element/index'),
      ...Object.fromEntries(
        FRAMEWORKS.map((framework) => [`./element/${framework}`, esModule(`element/${framework}`)]),
      ),
      './cdk': {
        import: esModule('cdk/index'),
        require: { types: './cdk/index.d.cts', default: './cdk/index.cjs' },
      },
      './package.json': './package.json',
    },
    sideEffects: ['./element/index.js'],
    engines: { node: '>=20' },
    peerDependencies: PEERS,
    peerDependenciesMeta: Object.fromEntries(Object.keys(PEERS).map((peer) => [peer, { optional: true }])),
  };
}

function esModule(path: string) {
  return { types: `./${path}.d.ts`, default: `./${path}.js` };
}
