import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { it } from 'node:test';
import { dateExactly } from '../../local/exact-date.ts';
import { listenOnLoopback } from '../../local/loopback.ts';

it('the local services set the Date of each answer by the current time', async (t) => {
  const server = createServer((_, response) => response.end());
  dateExactly(server);
  const endpoint = await listenOnLoopback(server);
  t.after(() => server.close());
  const dateOf = async () => Date.parse((await fetch(endpoint)).headers.get('date') ?? '');
  await dateOf();

  const { now } = Date;
  t.mock.timers.enable({ apis: ['Date'], now: now() - 600_000 });

  assert.ok(Math.abs((await dateOf()) - Date.now()) < 2_000);
});
