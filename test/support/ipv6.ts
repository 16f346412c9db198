// Whether this machine has the loopback address of IPv6: some containers do not.

import { networkInterfaces } from 'node:os';

const addresses = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);

/** For the option `skip` of a test: false, or the reason. */
export const WITHOUT_IPV6 = addresses.includes('::1') ? false : 'this machine has no ::1';
