import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { giveBack } from '../../local/http-server.ts';

describe('a server that detaches every request with an upgrade header', () => {
  it('gets the request back with its body, and keeps the connection', async (t) => {
    // The behaviour before Node 24.9.
    const server = createServer(async (request, response) => {
      const { method, url, headers } = request;
      response.end(`${method} ${url} ${headers['x-signed']} ${await text(request)}`);
    });
    server.on('upgrade', (request, socket, head) => giveBack(server, request, socket, head));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    t.after(() => socket.destroy());
    const request = (body: string) =>
      'POST /path HTTP/1.1\r\nHost: x\r\nX-Signed: yes\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' +
      `HTTP2-Settings: AAMAAABk\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

    for (const body of ['a whole body', 'another']) {
      const whole = request(body);
      socket.write(whole.slice(0, -5));
      setTimeout(() => socket.write(whole.slice(-5)), 20);
      const [answer] = await once(socket, 'data');
      assert.match(String(answer), new RegExp(`POST /path yes ${body}$`));
    }
  });
});
