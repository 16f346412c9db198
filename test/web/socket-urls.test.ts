import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { socketUrls } from '../../web/src/socket-urls.ts';
import { makeRandom } from '../support/timeline.ts';

describe('the WebSocket URLs of the page', () => {
  const others = ['wss://two.example/websocket', 'wss://three.example/websocket', 'wss://four.example/websocket'];

  it('are on its own server, with the matching protocol', () => {
    assert.deepEqual(socketUrls('/websocket', 'http://localhost:8888/?lang=zh', '12', Math.random).map(String), [
      'ws://localhost:8888/websocket?id=12',
    ]);
    assert.deepEqual(socketUrls('/websocket', 'https://one.example/', 'a b', Math.random).map(String), [
      'wss://one.example/websocket?id=a+b',
    ]);
  });

  it('start with its own server, and have each other one second equally often', () => {
    const random = makeRandom(1);
    const seconds: Record<string, number> = {};
    for (let n = 0; n < 3_000; n++) {
      const urls = socketUrls(['/websocket', ...others].join(' '), 'https://one.example/', '12', random);
      assert.equal(urls[0]?.host, 'one.example');
      assert.deepEqual(urls.map(({ host }) => host).sort(), [
        'four.example',
        'one.example',
        'three.example',
        'two.example',
      ]);
      const second = urls[1]?.host ?? '';
      seconds[second] = (seconds[second] ?? 0) + 1;
    }
    assert.equal(Object.keys(seconds).length, others.length);
    for (const count of Object.values(seconds)) assert.ok(count > 900 && count < 1_100, JSON.stringify(seconds));
  });
});
