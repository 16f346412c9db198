// Whether this machine has the IPv6 loopback address. Some containers do not.

import { networkInterfaces } from 'node:os';

const addresses = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);

/** Value for the option `skip` of a test: false, or the reason. */
export const WITHOUT_IPV6 = addresses.includes('::1') ? false : 'this machine has no ::1';
