// Host names of the local server: where it listens, how others reach it, and which pages count as its own.

import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARD_HOSTS = ['0.0.0.0', '[::]'];

/** @returns the host as it stands in a URL: an IPv6 address in brackets */
function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isLocal(host: string): boolean {
  return [...LOOPBACK_HOSTS, ...WILDCARD_HOSTS].includes(urlHost(host));
}

/** The name to show to people. */
export function shownHost(host: string): string {
  return isLocal(host) ? 'localhost' : urlHost(host);
}

/** The name under which this machine reaches the server, without a look-up where possible. */
export function ownHost(host: string): string {
  if (host === '::1') return '[::1]';
  return isLocal(host) ? '127.0.0.1' : urlHost(host);
}

/** The origins of the pages that the server serves. A server on all interfaces is reached under each of its addresses. */
export function ownOrigins(host: string, port: number): string[] {
  const addresses = WILDCARD_HOSTS.includes(urlHost(host))
    ? Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => urlHost(address)) ?? [])
    : [urlHost(host)];
  const hosts = new Set(isLocal(host) ? [...LOOPBACK_HOSTS, ...addresses] : addresses);
  // A link-local IPv6 address with its zone is no origin.
  return [...hosts].filter((name) => !name.includes('%')).map((name) => new URL(`http://${name}:${port}`).origin);
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
