// The page: a clock that shows what it was told, and the conversation with the server.

import { boundaryMillis, type ServerMessage, type Tick } from '../../lambdas/protocol.ts';
import { ClockSocket, isSupported, type SocketState, socketUrl } from './clock-socket.ts';
import { MessageLog } from './message-log.ts';
import { viewerIdOf } from './viewer-id.ts';

const STATE_TEXTS: Record<SocketState, string> = {
  connecting: 'Connecting…',
  open: 'Connected',
  closed: 'Not connected',
};

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const { timeZone } = timeFormat.resolvedOptions();

const toggle = element('toggle', HTMLButtonElement);
const form = element('send', HTMLFormElement);
const input = element('text', HTMLInputElement);
const showTicks = element('show-ticks', HTMLInputElement);
const sendButton = form.querySelector('button') as HTMLButtonElement;
const log = new MessageLog(element('log'));

const viewerId = viewerIdOf(location.href);
let socket: ClockSocket | undefined;
let state: SocketState = 'closed';
let shownBoundary = 0;

element('viewer-id').textContent = viewerId;
toggle.addEventListener('click', () => (socket === undefined ? connect() : socket.close()));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (state !== 'open') return;
  send(input.value);
  input.value = '';
});

if (isSupported()) connect();
else {
  element('unsupported').hidden = false;
  toggle.disabled = true;
}

function connect(): void {
  socket = new ClockSocket(socketUrl(location.href, viewerId), {
    stateChanged(next) {
      showState(next);
      if (next === 'open') send(`Hello from ${viewerId}`);
    },
    messageArrived: show,
    textArrived: (text) => log.add('trouble', `The gateway says: ${text}`),
    closed(code, reason) {
      socket = undefined;
      log.add('state', `Connection is closed (${code}${reason && `: ${reason}`})`);
    },
  });
}

function send(text: string): void {
  socket?.send(text);
  log.add('sent', `You said: ${text}`);
}

function show(message: ServerMessage): void {
  switch (message.type) {
    case 'tick':
      showTick(message);
      if (showTicks.checked) log.add('tick', `Tick ${message.sequence}: ${message.time}`);
      break;
    case 'received':
      log.add('received', message.error ?? `The server received ${message.bytes} bytes`);
      break;
    case 'closing':
      log.add('trouble', `The server is closing the connection (${message.code}: ${message.reason})`);
      break;
    case 'sync':
      break;
  }
}

function showTick(tick: Tick): void {
  const boundary = boundaryMillis(tick.sequence, tick.intervalMillis);
  // Copies of two ticks may overtake one another on the network; the clock never goes back.
  if (boundary <= shownBoundary) return;
  shownBoundary = boundary;
  const time = element('local-time', HTMLTimeElement);
  time.dateTime = tick.time;
  time.textContent = timeFormat.format(boundary);
  element('local-date').textContent = `${dateFormat.format(boundary)} · ${timeZone}`;
  element('utc').textContent = tick.time.slice(0, 19).replace('T', ' ');
  element('sequence').textContent = String(tick.sequence);
  element('sent').textContent = `${tick.sentAt - boundary} ms after the second`;
  element('clock').classList.remove('stale');
}

function showState(next: SocketState): void {
  state = next;
  const text = element('state');
  text.dataset.state = next;
  text.textContent = STATE_TEXTS[next];
  toggle.textContent = next === 'closed' ? 'Connect' : 'Disconnect';
  sendButton.disabled = next !== 'open';
  if (next === 'closed') element('clock').classList.add('stale');
}

function element<E extends HTMLElement = HTMLElement>(id: string, type?: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof (type ?? HTMLElement)) return found as E;
  throw new Error(`the page has no #${id}`);
}
