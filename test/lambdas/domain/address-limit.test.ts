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
  it('serves the earliest connections of each address', () => {
    const connections = [viewer('c', 3, ONE), viewer('a', 1, ONE), viewer('b', 2, ONE), viewer('d', 4, OTHER)];

    assert.deepEqual(
      limitByAddress(connections, 2).map(({ connectionId }) => connectionId),
      ['a', 'b', 'd'],
    );
  });

  it('serves all connections without a limit, and all whose address is not known', () => {
    const connections = [viewer('a', 1, ONE), viewer('b', 2, ONE), viewer('c', 3), viewer('d', 4)];

    assert.equal(limitByAddress(connections, undefined).length, 4);
    assert.equal(limitByAddress(connections, 1).length, 3);
  });

  it('names the addresses that hold as many connections as they may', () => {
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

  it('names a hundred addresses at most', () => {
    const connections = Array.from({ length: 150 }, (_, index) => viewer(`viewer-${index}`, index, `address ${index}`));

    assert.equal(crowdedAddresses(connections, 1).length, 100);
  });
});

describe('what counts as one address', () => {
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
    it(`is ${network || 'nothing'} for ${address || 'nothing'}`, () => assert.equal(networkOf(address), network));
  }

  it('is the same for all addresses of a /64, and differs from all others', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(half, half, half, half, (network, otherNetwork, host, otherHost) => {
        // Such as ::ffff:192.0.2.7, an IPv4 address.
        fc.pre([network, otherNetwork].every((groups) => groups.some((value) => value !== '0')));
        const of = (...parts: string[][]) => networkOf(parts.flat().join(':'));
        assert.equal(of(network, host), of(network, otherHost));
        assert.equal(of(network, host) === of(otherNetwork, host), network.join() === otherNetwork.join());
      }),
    );
  });
});
