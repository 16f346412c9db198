import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { viewerAddress } from '../../../lambdas/domain/viewer-address.ts';

const EDGE = '130.176.0.1';

describe('the address of a viewer behind CloudFront', () => {
  it('is the address that CloudFront has appended, whatever the viewer sends in the header', () => {
    fc.assert(
      fc.property(fc.string(), fc.ipV4(), (forged, address) => {
        fc.pre(address !== EDGE);
        assert.equal(viewerAddress(`${forged}, ${address}, ${EDGE}`, EDGE), address);
        // In case API Gateway does not append the proxy's address.
        assert.equal(viewerAddress(`${forged}, ${address}`, EDGE), address);
      }),
    );
  });

  const others: [string, string | undefined, string][] = [
    ['an IPv6 address', `2001:db8::7, ${EDGE}`, '2001:db8::7'],
    ['one that pretends to be the edge', `${EDGE}, 203.0.113.7, ${EDGE}`, '203.0.113.7'],
    ['a header without spaces', `203.0.113.7,${EDGE}`, '203.0.113.7'],
    ['a header with the edge alone', EDGE, EDGE],
    ['an empty header', '', EDGE],
    ['no header', undefined, EDGE],
  ];
  for (const [what, header, address] of others) {
    it(`is ${address} with ${what}`, () => assert.equal(viewerAddress(header, EDGE), address));
  }
});
