// How many connections of one address are served, where that is limited.

import type { Connection } from './connection.ts';

/** Bounds the size of the relay item when many addresses hold many connections each. */
const MAX_CROWDED_ADDRESSES = 100;

/** Viewers of one address who all come before the next census are admitted. Those beyond the limit take no place and get no ticks,
 *  so nobody can hold all places.
 *  @param maxPerAddress connections that one address may hold; undefined for any number
 *  @returns of each address the earliest connections, as many as it may hold */
export function limitByAddress(
  connections: readonly Connection[],
  maxPerAddress: number | undefined,
): readonly Connection[] {
  if (maxPerAddress === undefined) return connections;
  const counts = new Map<string, number>();
  const earliestFirst = connections.toSorted((one, other) => one.connectedAtMillis - other.connectedAtMillis);
  return earliestFirst.filter(({ address }) => address === undefined || countOne(counts, address) <= maxPerAddress);
}

/** @returns addresses that hold as many connections as they may */
export function crowdedAddresses(connections: readonly Connection[], maxPerAddress: number | undefined): string[] {
  if (maxPerAddress === undefined) return [];
  const counts = new Map<string, number>();
  for (const { address } of connections) if (address !== undefined) countOne(counts, address);
  const crowded = [...counts].filter(([, count]) => count >= maxPerAddress).map(([address]) => address);
  return crowded.slice(0, MAX_CROWDED_ADDRESSES);
}

function countOne(counts: Map<string, number>, address: string): number {
  const count = (counts.get(address) ?? 0) + 1;
  counts.set(address, count);
  return count;
}

/** What counts as one address: a host that has IPv6 has a whole /64 of addresses.
 *  @see https://www.rfc-editor.org/rfc/rfc6177#section-2
 *  @returns an IPv4 address as it is, `2001:db8:0:1::/64` for an IPv6 address, and what is neither as it is */
export function networkOf(address: string): string {
  const url = `http://[${address}]`;
  if (!URL.canParse(url)) return address;
  const [head = '', tail = ''] = new URL(url).hostname.slice(1, -1).split('::');
  const first = head.split(':').filter((group) => group !== '');
  const last = tail.split(':').filter((group) => group !== '');
  const groups = [...first, ...Array(8 - first.length - last.length).fill('0'), ...last];
  // ::ffff:192.0.2.7
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    return groups
      .slice(6)
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
      .join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
