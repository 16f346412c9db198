// Writes docs/api.md: the exports of the package with their docstrings, from the models of API Extractor.

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApiClass,
  ApiDeclaredItem,
  ApiInterface,
  type ApiItem,
  ApiItemKind,
  ApiModel,
} from '@microsoft/api-extractor-model';
import { DIST } from '../build/sources.ts';
import { ENTRY_NAMES, emitDeclarations, extractApi } from './declarations.ts';

const HEAD = `# API

The exports of the package \`tickcast\`. \`npm run api\` writes this page from the docstrings.
`;

/** Entry points in the order of the page. */
const KINDS: Partial<Record<ApiItemKind, string>> = {
  [ApiItemKind.Class]: 'class',
  [ApiItemKind.Interface]: 'interface',
  [ApiItemKind.TypeAlias]: 'type',
};

/** @returns Markdown */
export async function apiPage(): Promise<string> {
  const folder = await mkdtemp(`${DIST}-api-`);
  try {
    const emitted = await emitDeclarations(folder);
    const sections = ENTRY_NAMES.map((entry) => {
      const model = extractApi(emitted, entry, join(folder, `${entry}.d.ts`));
      const [entryPoint] = new ApiModel().loadPackage(model).entryPoints;
      const items = (entryPoint?.members ?? []).filter(({ kind }) => KINDS[kind] !== undefined);
      return [`## \`tickcast/${entry}\`\n`, ...items.map(describe)].join('\n');
    });
    return [HEAD, ...sections].join('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function describe(item: ApiItem): string {
  const head = `### ${KINDS[item.kind]} \`${item.displayName}\`${basesOf(item)}\n`;
  const text = docOf(item);
  const isType = item.kind === ApiItemKind.TypeAlias;
  const members = item.members.map((member) => `- \`${signatureOf(member)}\`${indented(docOf(member))}`);
  return [head, ...(text ? [`${text}\n`] : []), ...(isType ? [`\`${signatureOf(item)}\``] : []), ...members, '']
    .filter((line, n, lines) => line !== '' || n === lines.length - 1)
    .join('\n');
}

/** @returns the types that the item extends, for the end of its heading */
function basesOf(item: ApiItem): string {
  const bases =
    item instanceof ApiInterface
      ? item.extendsTypes
      : item instanceof ApiClass && item.extendsType
        ? [item.extendsType]
        : [];
  return bases.length === 0 ? '' : ` extends ${bases.map(({ excerpt }) => `\`${excerpt.text.trim()}\``).join(', ')}`;
}

function indented(text: string): string {
  return text === '' ? '' : `\n  ${text.replaceAll('\n', '\n  ')}`;
}

/** @returns the signature on one line, without modifiers */
function signatureOf(item: ApiItem): string {
  if (!(item instanceof ApiDeclaredItem)) return item.displayName;
  return item.excerpt.text
    .replace(/^export /, '')
    .replace(/^declare /, '')
    .replace(/\s+/g, ' ')
    .replace(/;$/, '');
}

/** @returns the docstring in Markdown: links as code, and a line for each tag */
function docOf(item: ApiItem): string {
  if (!(item instanceof ApiDeclaredItem) || item.tsdocComment === undefined) return '';
  return (
    item.tsdocComment
      .emitAsTsdoc()
      .split('\n')
      .map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*)\s?/, '').trimEnd())
      .join('\n')
      .replace(/\s*\*\/$/, '')
      // API Extractor's default text for a constructor.
      .replace(/^\s*Constructs a new instance of the `\w+` class\n*/, '')
      .replace(/\{@link ([^}|]+?)\s*(\|[^}]*)?\}/g, '`$1`')
      .replace(/\s*@param (\w+) - /g, '\n- `$1`: ')
      .replace(/\s*@(returns|throws|default|see)\s+/g, (_, tag) => `\n- *${tag}* `)
      .trim()
  );
}
