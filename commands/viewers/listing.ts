// Formats the connected viewers: a table for people, JSON for programs.

import type { Connection } from '../../lambdas/domain/connection.ts';

/** @returns a header, a line for each viewer, and their number */
export function tableOf(viewers: readonly Connection[]): string {
  if (viewers.length === 0) return 'No viewer is connected.\n';
  const rows = viewers.map(({ connectionId, viewerId, connectedAtMillis, address }) => [
    connectionId,
    viewerId === undefined ? '-' : printable(viewerId),
    new Date(connectedAtMillis).toISOString(),
    address ?? '-',
  ]);
  const lines = [['CONNECTION', 'ID', 'CONNECTED SINCE', 'ADDRESS'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${text.join('\n')}\n${viewers.length} connected.\n`;
}

/** @returns an array of `{"connectionId":"L0SM9cOFvHcCIhw=","id":"12","connectedAt":"2026-11-23T16:44:23.392Z"}`, with
 *  `address` where addresses are limited */
export function jsonOf(viewers: readonly Connection[]): string {
  const rows = viewers.map(({ connectionId, viewerId, connectedAtMillis, address }) => {
    return { connectionId, id: viewerId, connectedAt: new Date(connectedAtMillis).toISOString(), address };
  });
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** Viewers choose their ids, so control characters and bidirectional marks are escaped for the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
}
