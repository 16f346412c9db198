// Prints what the client knows after two ticks. On any platform that has WebSocket.

import { ClockClient } from 'tickcast/client';

const [url] = globalThis.Deno?.args ?? process.argv.slice(2);
const client = new ClockClient(url);
const sequences = [];
client.on('tick', ({ sequence }) => {
  sequences.push(sequence);
  if (sequences.length < 2 || !(client.errorBound < 100)) return;
  client.close();
  console.log(JSON.stringify({ sequences, now: client.now(), errorBound: client.errorBound, state: client.state }));
});
client.connect();
