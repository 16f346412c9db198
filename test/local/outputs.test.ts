// The outputs of the local platform: their contents, and the requests that do not get them.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { OUTPUTS_PATH, TABLE } from '../../local/deployment.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';

describe('the outputs of the local platform', () => {
  let platform: LocalPlatform;
  before(async () => {
    platform = await startLocal();
  });
  after(() => platform.dispose());

  async function ask(headers: Record<string, string> = {}, method = 'GET') {
    const asked = request(platform.siteUrl.slice(0, -1) + OUTPUTS_PATH, { method, headers }).end();
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; headers: object; body: string }>();
    asked.on('error', reject).on('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
    });
    return promise;
  }

  it('contain the values that a command needs', async () => {
    const { status, headers, body } = await ask();

    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body), {
      ConnectionsEndpoint: platform.connectionsEndpoint,
      TableName: TABLE.TableName,
      DynamoDbEndpoint: platform.dynamoDbEndpoint,
    });
    assert.ok(!Object.keys(headers).some((name) => name.startsWith('access-control-')));
  });

  for (const [whom, headers, method] of [
    ['a page that has its name resolved to this machine', { host: 'evil.example:8888' }],
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a page that sends no Origin', { 'sec-fetch-site': 'cross-site' }],
    ['the own page, which needs none', { 'sec-fetch-site': 'same-origin' }],
    ['whoever asks otherwise', {}, 'POST'],
  ] as const) {
    it(`are not served to ${whom}`, async () => {
      assert.deepEqual((await ask(headers, method)).status, 404);
    });
  }
});
