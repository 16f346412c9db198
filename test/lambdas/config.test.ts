import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConfigEnvironment, ConfigError, loadConfig } from '../../lambdas/config.ts';

const environment: ConfigEnvironment = {
  TABLE_NAME: 'clock',
  CONNECTIONS_ENDPOINT: 'https://abc.execute-api.eu-west-1.amazonaws.com/websocket',
  INTERVAL_SECONDS: '5',
  ALLOWED_ORIGINS: 'https://a.example, http://localhost:8888',
};

describe('loadConfig', () => {
  it('reads every key', () => {
    assert.deepEqual(loadConfig(environment), {
      tableName: 'clock',
      connectionsEndpoint: 'https://abc.execute-api.eu-west-1.amazonaws.com/websocket',
      intervalMillis: 5000,
      allowedOrigins: ['https://a.example', 'http://localhost:8888'],
    });
  });

  for (const key of Object.keys(environment)) {
    it(`names ${key} when it is missing`, () => {
      assert.throws(() => loadConfig({ ...environment, [key]: undefined }), {
        name: 'ConfigError',
        message: `${key} must be set, got nothing`,
      });
    });
  }

  const wrong: [Partial<ConfigEnvironment>, string][] = [
    [{ TABLE_NAME: ' ' }, 'TABLE_NAME must be set, got an empty text'],
    [
      { CONNECTIONS_ENDPOINT: 'https://host/stage/' },
      'CONNECTIONS_ENDPOINT must be http(s)://host/stage without a trailing slash, got "https://host/stage/"',
    ],
    [{ INTERVAL_SECONDS: '0' }, 'INTERVAL_SECONDS must be a whole number of seconds from 1 to 60, got "0"'],
    [{ INTERVAL_SECONDS: '61' }, 'INTERVAL_SECONDS must be a whole number of seconds from 1 to 60, got "61"'],
    [{ INTERVAL_SECONDS: '1.5' }, 'INTERVAL_SECONDS must be a whole number of seconds from 1 to 60, got "1.5"'],
    [
      { ALLOWED_ORIGINS: 'https://a.example/page' },
      'ALLOWED_ORIGINS must be origins such as https://clock.example, comma-separated, got "https://a.example/page"',
    ],
    [
      { ALLOWED_ORIGINS: 'https://a.example,' },
      'ALLOWED_ORIGINS must be origins such as https://clock.example, comma-separated, got ""',
    ],
  ];
  for (const [change, message] of wrong) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      assert.throws(() => loadConfig({ ...environment, ...change }), new ConfigError(message));
    });
  }
});
