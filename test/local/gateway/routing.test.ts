import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selectRoute } from '../../../local/gateway/routing.ts';

const routes = new Set(['$default', 'ping', '7', 'true']);

describe('selectRoute', () => {
  const cases: [string, string | undefined][] = [
    ['{"action":"ping"}', 'ping'],
    ['{"action":7}', '7'],
    ['{"action":true}', 'true'],
    ['{"action":"pong"}', '$default'],
    ['{"action":{"ping":1}}', '$default'],
    ['{"action":null}', '$default'],
    ['{}', '$default'],
    ['[]', '$default'],
    ['"ping"', '$default'],
    ['not JSON', '$default'],
    ['', '$default'],
    ['{"action":"toString"}', '$default'],
  ];
  for (const [body, routeKey] of cases) {
    it(`selects ${routeKey} for ${body || 'an empty body'}`, () => {
      assert.equal(selectRoute(body, routes), routeKey);
    });
  }

  it('selects $default for an action that is nested too deep', () => {
    const body = `{"action":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;

    assert.equal(selectRoute(body, routes), '$default');
  });

  it('selects no route if there is no $default', () => {
    assert.equal(selectRoute('{"action":"pong"}', new Set(['ping'])), undefined);
  });
});
