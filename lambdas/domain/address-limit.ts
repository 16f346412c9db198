// Limits the connections per address, if the deployment has such a limit.

import type { Connection } from './connection.ts';

/** Maximum number of addresses in the census that have reached their limit (crowded addresses). The census is in the
 *  relay item, whose size is limited. */
const MAX_CROWDED_ADDRESSES = 100;

/** Between two censuses, `$connect` may admit too many connections of one address. This function leaves the surplus
 *  connections out of the roster: they get no ticks and take no places, so one machine cannot take all places.
 *  @param maxPerAddress maximum number of connections per address; undefined means no limit
 *  @returns the earliest connections of each address, up to the limit */
export function limitByAddress(
  connections: readonly Connection[],
  maxPerAddress: number | undefined,
): readonly Connection[] {
  // Sort only in this rare case, because a roster may have thousands of connections.
  if (maxPerAddress === undefined || isWithin(connections, maxPerAddress)) {
    return connections;
  }
  const served = new Map<string, number>();
  const earliestFirst = connections.toSorted((one, other) => one.connectedAtMillis - other.connectedAtMillis);
  return earliestFirst.filter(({ address }) => address === undefined || countOne(served, address) <= maxPerAddress);
}

/** Returns the addresses that have reached the limit, at most 100. */
export function crowdedAddresses(connections: readonly Connection[], maxPerAddress: number | undefined): string[] {
  if (maxPerAddress === undefined) return [];
  const counts = [...countByAddress(connections)];
  const crowded = counts.filter(([, count]) => count >= maxPerAddress).map(([address]) => address);
  return crowded.slice(0, MAX_CROWDED_ADDRESSES);
}

function isWithin(connections: readonly Connection[], maxPerAddress: number): boolean {
  return countByAddress(connections)
    .values()
    .every((count) => count <= maxPerAddress);
}

function countByAddress(connections: readonly Connection[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { address } of connections) if (address !== undefined) countOne(counts, address);
  return counts;
}

/** Adds one to the count of the address. @returns the new count */
function countOne(counts: Map<string, number>, address: string): number {
  const count = (counts.get(address) ?? 0) + 1;
  counts.set(address, count);
  return count;
}

/** Returns the key under which an address is counted: its /64 network for IPv6, because one host has a whole /64.
 *  @see https://www.rfc-editor.org/rfc/rfc6177#section-2
 *  @returns an IPv4 address as it is, `2001:db8:0:1::/64` for an IPv6 address, and any other text as it is */
export function networkOf(address: string): string {
  const url = `http://[${address}]`;
  if (!URL.canParse(url)) return address;
  const [head = '', tail = ''] = new URL(url).hostname.slice(1, -1).split('::');
  const first = head.split(':').filter((group) => group !== '');
  const last = tail.split(':').filter((group) => group !== '');
  const groups = [...first, ...Array(8 - first.length - last.length).fill('0'), ...last];
  // An IPv4 address in IPv6 form, for example ::ffff:192.0.2.7.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    return groups
      .slice(6)
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
      .join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
