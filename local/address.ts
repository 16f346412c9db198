// Host names of the local server: for display, for the functions, and for the origins of its own pages.

import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

export const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const;

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARD_HOSTS = ['0.0.0.0', '[::]'];

/** @returns the host in the form for URLs: an IPv6 address is in brackets */
function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Returns the name for display. */
export function shownHost(host: string): string {
  return WILDCARD_HOSTS.includes(urlHost(host)) ? 'localhost' : urlHost(host);
}

/** Returns the host by which this machine reaches an address that the server listens on. */
export function reachableHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '[::1]' : urlHost(address);
}

/** Returns the origins of the pages that the server serves. A server on all interfaces has one for each address. */
export function ownOrigins(host: string, port: number): string[] {
  const isWildcard = WILDCARD_HOSTS.includes(urlHost(host));
  const addresses = isWildcard
    ? Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => urlHost(address)) ?? [])
    : [urlHost(host)];
  const isLoopback = LOOPBACK_HOSTS.includes(urlHost(host));
  const hosts = new Set(isWildcard || isLoopback ? [...LOOPBACK_HOSTS, ...addresses] : addresses);
  // A link-local IPv6 address with its zone cannot be an origin.
  return [...hosts].filter((name) => !name.includes('%')).map((name) => new URL(`http://${name}:${port}`).origin);
}

/** Returns the address of a peer. A server on `::` gets IPv4 addresses as IPv6: `::ffff:192.0.2.7` is 192.0.2.7. */
export function peerAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Returns whether a peer is on this machine. Also accepts IPv4 addresses in IPv6 form. */
export function isLoopbackAddress(address = ''): boolean {
  return loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** Returns whether a `Host` header is a loopback address or `localhost`, which no other party can assign. */
export function isLoopbackHost(header = ''): boolean {
  const url = `http://${header}/`;
  return URL.canParse(url) && LOOPBACK_HOSTS.includes(new URL(url).hostname) && new URL(url).pathname === '/';
}
