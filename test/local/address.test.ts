import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isLoopbackAddress,
  isLoopbackHost,
  ownOrigins,
  peerAddress,
  reachableHost,
  shownHost,
} from '../../local/address.ts';

describe('the address of the local server', () => {
  const shown: [string, string][] = [
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', 'localhost'],
    ['::', 'localhost'],
    ['::1', '[::1]'],
    ['2001:db8::7', '[2001:db8::7]'],
    ['clock.example', 'clock.example'],
  ];
  for (const [host, name] of shown) {
    it(`is shown as ${name} for the host ${host}`, () => assert.equal(shownHost(host), name));
  }

  const reached: [string, string][] = [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '[::1]'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '[2001:db8::7]'],
  ];
  for (const [address, host] of reached) {
    it(`is reached at ${host} if the server listens on ${address}`, () => assert.equal(reachableHost(address), host));
  }

  it('is IPv4 for an IPv4 peer of an IPv6 server', () => {
    assert.equal(peerAddress('::ffff:192.0.2.7'), '192.0.2.7');
    for (const address of ['192.0.2.7', '2001:db8::7', '::1', '::ffff:0:1'])
      assert.equal(peerAddress(address), address);
  });

  it('has an origin for every name of this machine if it listens on all interfaces', () => {
    const loopback = ['http://localhost:8888', 'http://127.0.0.1:8888', 'http://[::1]:8888'];

    assert.deepEqual(ownOrigins('127.0.0.1', 8888), loopback);
    assert.deepEqual(ownOrigins('0.0.0.0', 8888).slice(0, 3), loopback);
  });

  it('has one origin if it listens on one name', () => {
    assert.deepEqual(ownOrigins('192.0.2.7', 80), ['http://192.0.2.7']);
  });
});

describe('this machine', () => {
  it('is recognized by its addresses', () => {
    for (const own of ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopbackAddress(own), own);
    for (const other of ['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7', '', undefined]) {
      assert.ok(!isLoopbackAddress(other), other);
    }
  });

  it('is recognized by its names, with any port', () => {
    for (const own of ['localhost', 'localhost:8888', '127.0.0.1:1', '[::1]:8888', 'LOCALHOST']) {
      assert.ok(isLoopbackHost(own), own);
    }
    for (const other of [
      'evil.example',
      'localhost.evil.example',
      'evil.example#localhost',
      'localhost/',
      '',
      undefined,
    ]) {
      assert.ok(!isLoopbackHost(other), other);
    }
  });
});
