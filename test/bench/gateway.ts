// Measures the cost of the local gateway: CPU for a signed POST that reaches its client, memory for an idle
// connection, and memory that remains after connections have closed.
//
//   node test/bench/gateway.ts [--clients 1000] [--posts 100000] [--pool 200] [--idle 10000] [--cycles 20000] [--json]
//
// The gateway runs in its own process. This process holds the clients and posts to each of them over pooled
// keep-alive connections, as the AWS SDK does. The posts are signed before the measurement. The benchmark has no
// limits for time or memory, but it fails if a post is refused. `node --cpu-prof test/bench/gateway.ts` writes a
// profile of each process.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { postSigner } from '../support/signed-post.ts';
import type { Answers, Question } from './gateway-process.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    posts: { type: 'string', default: '100000' },
    pool: { type: 'string', default: '200' },
    idle: { type: 'string', default: '10000' },
    cycles: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
  },
});
const clients = Number(values.clients);
const idle = Number(values.idle);
const cycles = Number(values.cycles);

/** Warm-up before the measurement: V8 compiles the gateway's code, and its pools fill. */
const WARM_UP_POSTS = 20_000;
const WARM_UP_CONNECTIONS = 500;
const WARM_UP_CYCLES = 2_000;

/** How many times to check whether the last connections have closed. */
const MAX_CLOSE_CHECKS = 50;

/** A body about as long as a tick message. */
const BODY = JSON.stringify({
  type: 'tick',
  sequence: 1763861880,
  time: '2025-11-23T01:38:00.000Z',
  pad: 'x'.repeat(50),
});

/** One post to each client. CPU figures are of the gateway's process, per post. */
interface Round {
  readonly userMicros: number;
  readonly systemMicros: number;
  readonly cpuMicros: number;
  readonly postsPerSecond: number;
}

let arrived = 0;
let allArrived = Promise.withResolvers<void>();

const report = {
  machine: `${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}`,
  date: new Date().toISOString().slice(0, 10),
  ...(await withGateway(measurePosts)),
  ...(await withGateway(measureIdle)),
  ...(await withGateway(measureCycles)),
};
if (values.json) console.log(JSON.stringify(report, null, 2));
else console.table(report);
process.exit();

type Ask = <Q extends Question>(question: Q) => Promise<Answers[Q]>;

async function withGateway<T>(measure: (ask: Ask) => Promise<T>): Promise<T> {
  const child = fork(fileURLToPath(new URL('gateway-process.ts', import.meta.url)), {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  try {
    return await measure(async (question) => {
      child.send(question);
      const [answer] = await once(child, 'message');
      return answer;
    });
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
}

async function measurePosts(ask: Ask) {
  const { socketUrl, endpoint } = await ask('address');
  await openClients(socketUrl, clients);
  const connectionIds = await ask('connectionIds');
  const sign = postSigner(endpoint);
  const pool = await Promise.all(Array.from({ length: Number(values.pool) }, () => openPooled(endpoint)));

  const rounds: Round[] = [];
  const roundCount = Math.max(1, Math.round(Number(values.posts) / clients));
  for (let round = -Math.ceil(WARM_UP_POSTS / clients); round < roundCount; round++) {
    // Sign just before sending, because a signature is valid for five minutes.
    const posts = await Promise.all(connectionIds.map((id) => sign(`/@connections/${encodeURIComponent(id)}`, BODY)));
    const figures = await measureRound(ask, pool, posts);
    if (round >= 0) rounds.push(figures);
  }
  return {
    clients,
    posts: roundCount * clients,
    bodyBytes: Buffer.byteLength(BODY),
    cpuMicrosPerPost: median(rounds.map(({ cpuMicros }) => cpuMicros)),
    userMicrosPerPost: median(rounds.map(({ userMicros }) => userMicros)),
    systemMicrosPerPost: median(rounds.map(({ systemMicros }) => systemMicros)),
    postsPerSecond: median(rounds.map(({ postsPerSecond }) => postsPerSecond)),
  };
}

async function measureIdle(ask: Ask) {
  const { socketUrl } = await ask('address');
  await openClients(socketUrl, WARM_UP_CONNECTIONS);
  const before = await ask('memory');
  await openClients(socketUrl, idle);
  const after = await ask('memory');
  return {
    idleConnections: idle,
    connectionsHeld: after.connections - before.connections,
    rssBytesPerConnection: Math.round((after.rssBytes - before.rssBytes) / idle),
    heapBytesPerConnection: Math.round((after.heapBytes - before.heapBytes) / idle),
  };
}

async function measureCycles(ask: Ask) {
  const { socketUrl } = await ask('address');
  await cycle(socketUrl, WARM_UP_CYCLES);
  const before = await ask('memory');
  await cycle(socketUrl, cycles);
  let after = await ask('memory');
  // The last connections may still be closing.
  for (let checks = 0; after.connections > 0 && checks < MAX_CLOSE_CHECKS; checks++) {
    await sleep(100);
    after = await ask('memory');
  }
  return {
    cycles,
    connectionsLeft: after.connections,
    heapBytesLeftPerCycle: Math.round((after.heapBytes - before.heapBytes) / cycles),
  };
}

/** Opens and closes `count` connections, 20 at a time. */
async function cycle(url: string, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const socket = await openClient(url);
      socket.close();
      await once(socket, 'close');
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

/** Opens connections in batches of 100, so that the server's backlog does not overflow. */
async function openClients(url: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100) {
    await Promise.all(Array.from({ length: Math.min(100, left) }, () => openClient(url)));
  }
}

async function openClient(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.on('message', () => {
    if (++arrived === clients) allArrived.resolve();
  });
  return socket;
}

async function openPooled(endpoint: string): Promise<Socket> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname).setNoDelay();
  await once(socket, 'connect');
  return socket;
}

/** Sends all posts, and waits until all clients have received theirs. */
async function measureRound(ask: Ask, pool: readonly Socket[], posts: readonly Buffer[]): Promise<Round> {
  arrived = 0;
  allArrived = Promise.withResolvers();
  const before = await ask('cpu');
  const startMillis = performance.now();
  let next = 0;
  const answered = pool.map(async (socket) => {
    for (let post = posts[next++]; post !== undefined; post = posts[next++]) await send(socket, post);
  });
  await Promise.all([...answered, allArrived.promise]);
  const seconds = (performance.now() - startMillis) / 1000;
  const after = await ask('cpu');
  const userMicros = (after.user - before.user) / posts.length;
  const systemMicros = (after.system - before.system) / posts.length;
  return { userMicros, systemMicros, cpuMicros: userMicros + systemMicros, postsPerSecond: posts.length / seconds };
}

/** The response to a post has no body: it ends with the empty line after its headers. */
function send(socket: Socket, post: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = '';
    socket.on('data', function read(chunk) {
      head += chunk.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      socket.off('data', read);
      if (head.startsWith('HTTP/1.1 200')) resolve();
      else reject(new Error(`a post was refused: ${head}`));
    });
    socket.write(post);
  });
}

function median(figures: readonly number[]): number {
  return Math.round((figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN) * 10) / 10;
}
