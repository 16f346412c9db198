import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { crowdedAddresses, limitByAddress, networkOf } from '../../../lambdas/domain/address-limit.ts';
import { makeConnection } from '../../../lambdas/domain/connection.ts';

const viewer = (id: string, connectedAtMillis: number, address?: string) =>
  makeConnection(id, connectedAtMillis, { address });

const ONE = '203.0.113.1';
const OTHER = '203.0.113.2';

describe('the limit by address', () => {
  it('keeps the earliest connections of each address', () => {
    const connections = [viewer('c', 3, ONE), viewer('a', 1, ONE), viewer('b', 2, ONE), viewer('d', 4, OTHER)];

    assert.deepEqual(
      limitByAddress(connections, 2).map(({ connectionId }) => connectionId),
      ['a', 'b', 'd'],
    );
  });

  it('keeps all connections if there is no limit, and connections without an address', () => {
    const connections = [viewer('a', 1, ONE), viewer('b', 2, ONE), viewer('c', 3), viewer('d', 4)];

    assert.equal(limitByAddress(connections, undefined).length, 4);
    assert.equal(limitByAddress(connections, 1).length, 3);
  });

  it('lists the addresses that have reached the limit', () => {
    const connections = [
      viewer('a', 1, ONE),
      viewer('b', 2, ONE),
      viewer('c', 3, OTHER),
      viewer('d', 4),
      viewer('e', 5),
    ];

    assert.deepEqual(crowdedAddresses(connections, undefined), []);
    assert.deepEqual(crowdedAddresses(connections, 2), [ONE]);
    assert.deepEqual(crowdedAddresses(connections, 3), []);
  });

  it('lists at most 100 addresses', () => {
    const connections = Array.from({ length: 150 }, (_, index) => viewer(`viewer-${index}`, index, `address ${index}`));

    assert.equal(crowdedAddresses(connections, 1).length, 100);
  });
});

describe('networkOf', () => {
  const cases: [string, string][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:0DB8:0:0:ffff::', '2001:db8:0:0::/64'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['unknown', 'unknown'],
  ];
  for (const [address, network] of cases) {
    it(`returns "${network}" for "${address}"`, () => assert.equal(networkOf(address), network));
  }

  it('returns the same network for all addresses of a /64, and another one for all others', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(half, half, half, half, (network, otherNetwork, host, otherHost) => {
        // ::ffff:192.0.2.7, for example, is an IPv4 address.
        fc.pre([network, otherNetwork].every((groups) => groups.some((value) => value !== '0')));
        const of = (...parts: string[][]) => networkOf(parts.flat().join(':'));
        assert.equal(of(network, host), of(network, otherHost));
        assert.equal(of(network, host) === of(otherNetwork, host), network.join() === otherNetwork.join());
      }),
    );
  });
});
