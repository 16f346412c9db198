import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CONFIG_KEYS,
  type ConfigEnvironments,
  loadBroadcastConfig,
  loadConnectConfig,
  loadTableConfig,
} from '../../lambdas/config.ts';
import { ConfigError } from '../../protocol/settings.ts';

const QUEUE_URLS = [0, 1, 2, 3].map((shard) => `https://sqs.eu-west-1.amazonaws.com/123456789012/wake-${shard}`);

const relay = {
  TABLE_NAME: 'clock',
  INTERVAL_SECONDS: '5',
  SHARDS: '4',
  MAX_VIEWERS_PER_ADDRESS: 'unlimited',
  WAKE_QUEUE_URLS: QUEUE_URLS.join(','),
};
const environments: ConfigEnvironments = {
  connect: {
    ...relay,
    ALLOWED_ORIGINS: 'https://a.example, http://localhost:8888',
    ORIGIN_REQUIRED: 'true',
    ORIGIN_SECRET: 'a secret of the site',
    MAX_VIEWERS: '100',
  },
  disconnect: { TABLE_NAME: 'clock' },
  message: {},
  broadcast: {
    ...relay,
    CONNECTIONS_ENDPOINT: 'https://abc.execute-api.eu-west-1.amazonaws.com/websocket',
    POOL_SIZE: '200',
    POSTS_PER_SECOND: '8000',
    REFUSE_WRONG_CLOCK: 'false',
  },
};

const loaders = { connect: loadConnectConfig, disconnect: loadTableConfig, broadcast: loadBroadcastConfig };

describe('the configuration', () => {
  it('contains the value of every environment variable', () => {
    const common = {
      tableName: 'clock',
      intervalMillis: 5000,
      shards: 4,
      maxViewersPerAddress: undefined,
      wakeQueueUrls: QUEUE_URLS,
      queueEndpoint: undefined,
    };

    assert.deepEqual(loadConnectConfig(environments.connect), {
      ...common,
      allowedOrigins: ['https://a.example', 'http://localhost:8888'],
      isOriginRequired: true,
      maxViewers: 100,
      originSecret: 'a secret of the site',
    });
    const withoutSite = loadConnectConfig({ ...environments.connect, ORIGIN_SECRET: 'none' });
    assert.equal(withoutSite.originSecret, undefined);
    assert.deepEqual(loadTableConfig(environments.disconnect), { tableName: 'clock' });
    assert.deepEqual(loadBroadcastConfig(environments.broadcast), {
      ...common,
      connectionsEndpoint: 'https://abc.execute-api.eu-west-1.amazonaws.com/websocket',
      poolSize: 200,
      postsPerSecond: 8_000,
      refuseWrongClock: false,
    });
    const refusing = loadBroadcastConfig({ ...environments.broadcast, REFUSE_WRONG_CLOCK: 'true' });
    assert.equal(refusing.refuseWrongClock, true);
  });

  it('contains the endpoint of an emulator, preferably the one of SQS', () => {
    const AWS_ENDPOINT_URL = 'http://127.0.0.1:4566';
    const AWS_ENDPOINT_URL_SQS = 'http://127.0.0.1:9324';

    for (const load of [loadConnectConfig, loadBroadcastConfig]) {
      const both = { ...environments.connect, ...environments.broadcast, AWS_ENDPOINT_URL };
      assert.equal(load(both).queueEndpoint, AWS_ENDPOINT_URL);
      assert.equal(load({ ...both, AWS_ENDPOINT_URL_SQS }).queueEndpoint, AWS_ENDPOINT_URL_SQS);
    }
  });

  it('accepts a single queue for one shard', () => {
    const [url = ''] = QUEUE_URLS;
    const { wakeQueueUrls } = loadConnectConfig({ ...environments.connect, SHARDS: '1', WAKE_QUEUE_URLS: url });
    assert.deepEqual(wakeQueueUrls, [url]);
  });

  for (const [name, load] of Object.entries(loaders) as [keyof typeof loaders, (typeof loaders)['connect']][]) {
    for (const key of CONFIG_KEYS[name]) {
      it(`of ${name} is refused without ${key}`, () => {
        assert.throws(() => load({ ...environments[name], [key]: undefined }), {
          name: 'ConfigError',
          message: `${key} must be set, got nothing`,
        });
      });
    }
  }

  const wrong: [Record<string, string>, string][] = [
    [{ TABLE_NAME: ' ' }, 'TABLE_NAME must be set, got an empty text'],
    [{ INTERVAL_SECONDS: '0' }, 'INTERVAL_SECONDS must be a whole number of seconds from 1 to 60, got "0"'],
    [{ INTERVAL_SECONDS: '61' }, 'INTERVAL_SECONDS must be a whole number of seconds from 1 to 60, got "61"'],
    [{ INTERVAL_SECONDS: '1.5' }, 'INTERVAL_SECONDS must be a whole number of seconds from 1 to 60, got "1.5"'],
    [{ SHARDS: '3' }, 'SHARDS must be one of 1, 2, 4, 8, 16, got "3"'],
    [
      { MAX_VIEWERS_PER_ADDRESS: '0' },
      'MAX_VIEWERS_PER_ADDRESS must be a whole number from 1 to 1000000, or unlimited, got "0"',
    ],
    [{ ORIGIN_REQUIRED: 'yes' }, 'ORIGIN_REQUIRED must be true or false, got "yes"'],
    [{ MAX_VIEWERS: '1e3' }, 'MAX_VIEWERS must be a whole number from 1 to 1000000, got "1e3"'],
    [
      { ALLOWED_ORIGINS: 'https://a.example/page' },
      'ALLOWED_ORIGINS must be origins such as https://clock.example, comma-separated, got "https://a.example/page"',
    ],
    [
      { ALLOWED_ORIGINS: 'https://*.example' },
      'ALLOWED_ORIGINS must be origins such as https://clock.example, comma-separated, got "https://*.example"',
    ],
    [{ ORIGIN_SECRET: 'guess me' }, 'ORIGIN_SECRET must be none, or at least 16 characters, got 8 characters'],
    [
      { ALLOWED_ORIGINS: 'https://a.example,' },
      'ALLOWED_ORIGINS must be origins such as https://clock.example, comma-separated, got ""',
    ],
    [
      { CONNECTIONS_ENDPOINT: 'https://host/stage/' },
      'CONNECTIONS_ENDPOINT must be an http(s) URL without a trailing slash, got "https://host/stage/"',
    ],
    [
      { WAKE_QUEUE_URLS: QUEUE_URLS.slice(1).join(',') },
      'WAKE_QUEUE_URLS must be one URL for each of 4 shards, separated by commas, got 3',
    ],
    [
      { WAKE_QUEUE_URLS: [...QUEUE_URLS, QUEUE_URLS[0]].join(',') },
      'WAKE_QUEUE_URLS must be one URL for each of 4 shards, separated by commas, got 5',
    ],
    [
      { WAKE_QUEUE_URLS: `${QUEUE_URLS.slice(1).join(',')},` },
      'WAKE_QUEUE_URLS must be an http(s) URL without a trailing slash, got ""',
    ],
    [
      { WAKE_QUEUE_URLS: ['wake-0', ...QUEUE_URLS.slice(1)].join(',') },
      'WAKE_QUEUE_URLS must be an http(s) URL without a trailing slash, got "wake-0"',
    ],
    [{ REFUSE_WRONG_CLOCK: 'yes' }, 'REFUSE_WRONG_CLOCK must be true or false, got "yes"'],
    [{ POSTS_PER_SECOND: '0' }, 'POSTS_PER_SECOND must be a whole number from 1 to 1000000, got "0"'],
    [{ POOL_SIZE: '1001' }, 'POOL_SIZE must be a whole number from 1 to 1000, got "1001"'],
  ];
  for (const [change, message] of wrong) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      const [key = ''] = Object.keys(change);
      const isOfConnect = CONFIG_KEYS.connect.some((name) => name === key);
      const load = () =>
        isOfConnect
          ? loadConnectConfig({ ...environments.connect, ...change })
          : loadBroadcastConfig({ ...environments.broadcast, ...change });

      assert.throws(load, new ConfigError(message));
    });
  }
});
