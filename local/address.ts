// Host names of the local server: how it is shown, how functions reach it, and which pages count as its own.

import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

export const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const;

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARD_HOSTS = ['0.0.0.0', '[::]'];

/** @returns the host as it stands in a URL: an IPv6 address in brackets */
function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The name to show to people. */
export function shownHost(host: string): string {
  return WILDCARD_HOSTS.includes(urlHost(host)) ? 'localhost' : urlHost(host);
}

/** The host under which this machine reaches an address that was bound. */
export function reachableHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '[::1]' : urlHost(address);
}

/** The origins of the pages that the server serves. A server on all interfaces is reached under each of its addresses. */
export function ownOrigins(host: string, port: number): string[] {
  const isWildcard = WILDCARD_HOSTS.includes(urlHost(host));
  const addresses = isWildcard
    ? Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => urlHost(address)) ?? [])
    : [urlHost(host)];
  const isLoopback = LOOPBACK_HOSTS.includes(urlHost(host));
  const hosts = new Set(isWildcard || isLoopback ? [...LOOPBACK_HOSTS, ...addresses] : addresses);
  // A link-local IPv6 address with its zone is no origin.
  return [...hosts].filter((name) => !name.includes('%')).map((name) => new URL(`http://${name}:${port}`).origin);
}

/** The address of a peer. A server on `::` sees IPv4 peers as IPv6: `::ffff:192.0.2.7` is 192.0.2.7. */
export function peerAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a peer is on this machine. IPv4 in IPv6 counts as IPv4. */
export function isLoopbackAddress(address = ''): boolean {
  return loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** Whether a `Host` header names this machine by a name that nobody else can give to it. */
export function isLoopbackHost(header = ''): boolean {
  const url = `http://${header}/`;
  return URL.canParse(url) && LOOPBACK_HOSTS.includes(new URL(url).hostname) && new URL(url).pathname === '/';
}
