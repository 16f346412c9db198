// Makes stack traces show positions in the source files, not in the bundle. The build adds this module to the start of
// each function. It reads the source map when code reads the first stack. Node's own option, `--enable-source-maps`,
// would read the map at each cold start.

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

let map: SourceMap | undefined;

Error.prepareStackTrace = (error, frames) => {
  const lines = frames.map((frame) => `\n    at ${describeFrame(frame)}`);
  return `${Error.prototype.toString.call(error)}${lines.join('')}`;
};

/** @returns the frame with its position in a source file; with its position in the bundle when that is not known */
function describeFrame(frame: NodeJS.CallSite): string {
  const text = String(frame);
  const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  if (file !== __filename || line === null || column === null) return text;
  try {
    map ??= new SourceMap(JSON.parse(readFileSync(`${__filename}.map`, 'utf8')));
    const entry = map.findEntry(line - 1, column - 1);
    // The map has no positions of libraries, see commands/build/bundles.ts.
    if (!('originalSource' in entry) || !entry.originalSource.startsWith('../')) return text;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return text.replace(`${file}:${line}:${column}`, `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
  } catch {
    // The map cannot be read: show the position in the bundle.
    return text;
  }
}
