// Shows positions in the sources, not in the bundle, in stack traces. The build puts this in front of each function. The source
// map is read when the first stack is asked for. With Node's own option, `--enable-source-maps`, each cold start would read it.

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

let map: SourceMap | undefined;

Error.prepareStackTrace = (error, frames) => {
  const lines = frames.map((frame) => `\n    at ${inSources(frame)}`);
  return `${Error.prototype.toString.call(error)}${lines.join('')}`;
};

function inSources(frame: NodeJS.CallSite): string {
  const text = String(frame);
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  if (file !== __filename || line === null || column === null) return text;
  try {
    map ??= new SourceMap(JSON.parse(readFileSync(`${__filename}.map`, 'utf8')));
    const entry = map.findEntry(line - 1, column - 1);
    // Libraries have no positions in the map, see commands/build/bundles.ts.
    if (!('originalSource' in entry) || !entry.originalSource.startsWith('../')) return text;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return text.replace(`${file}:${line}:${column}`, `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
  } catch {
    // Without its map the bundle still has a position.
    return text;
  }
}
