// Formats figures as an aligned table, with text left-aligned and numbers right-aligned.

export type Row = Readonly<Record<string, string | number | null>>;

export function formatTable(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => {
    const cells = rows.map((row) => format(row[name] ?? null));
    const isText = rows.some((row) => typeof row[name] === 'string');
    const width = Math.max(name.length, ...cells.map((cell) => cell.length));
    return [name, '-'.repeat(width), ...cells].map((cell) => (isText ? cell.padEnd(width) : cell.padStart(width)));
  });
  return Array.from({ length: rows.length + 2 }, (_, line) =>
    columns
      .map((column) => column[line])
      .join('  ')
      .trimEnd(),
  )
    .join('\n')
    .concat('\n');
}

function format(cell: string | number | null): string {
  if (cell === null) return '-';
  return typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumFractionDigits: 2 }) : cell;
}
