// The page: connects the client with the parts that show its state, and with the controls.

import { MAX_EPOCH_MILLIS } from '../../protocol/tick.ts';
import { Announcer } from './announcer.ts';
import { Chart } from './chart.ts';
import { ClockClient } from './client/index.ts';
import { ClockFace } from './clock-face.ts';
import { copy, linkToShare } from './copy-link.ts';
import { Countdown } from './countdown.ts';
import { Counters } from './counters.ts';
import { element, write } from './dom.ts';
import { everySecond, phaseOf } from './every-second.ts';
import { type Hours, makeFormats, readHours } from './formats.ts';
import { isFullScreen, offerFullScreen } from './full-screen.ts';
import { chooseLanguage, otherLanguage } from './language.ts';
import { localize } from './localize.ts';
import { MessageLog } from './message-log.ts';
import { MomentPicker } from './moment-picker.ts';
import { keepInUrl } from './page-url.ts';
import { Samples } from './samples.ts';
import { socketUrls } from './socket-urls.ts';
import { StateLine } from './state-line.ts';
import { TEXTS } from './texts.ts';
import type { View } from './view.ts';
import { viewerIdOf } from './viewer-id.ts';

const query = new URL(location.href).searchParams;
const viewerId = viewerIdOf(location.href);
const sockets = document.querySelector<HTMLMetaElement>('meta[name=tickcast-socket]')?.content ?? '/websocket';
const client = new ClockClient(socketUrls(sockets, location.href, viewerId, Math.random));

let { language, locale } = chooseLanguage(query.get('lang'), navigator.languages);
let hours = readHours(query.get('hours'));
let formats = makeFormats(locale, hours);
let isFrameDue = false;
let hasGreeted = false;

const hoursButton = element('hours', HTMLButtonElement);
const fullScreenButton = element('full-screen', HTMLButtonElement);
const toggle = element('toggle', HTMLButtonElement);
const form = element('send', HTMLFormElement);
const input = element('text', HTMLInputElement);
const showTicks = element('show-ticks', HTMLInputElement);
const sendButton = form.querySelector('button') as HTMLButtonElement;

const announcer = new Announcer();
const samples = new Samples();
const log = new MessageLog(showSoon);
const stateLine = new StateLine();
const countdown = new Countdown(query.get('until'), (text) => announcer.announce(text));
const picker = new MomentPicker(
  () => countdown.untilMillis,
  (until) => {
    countdown.set(until);
    keepInUrl('until', until);
    seconds.again();
  },
);
const parts = [new ClockFace(), stateLine, countdown, picker, new Counters(), new Chart(samples)];

localize(TEXTS[language], language);
element('viewer-id').textContent = viewerId;

client.on('tick', (tick) => {
  stateLine.ticked();
  // The clock may be behind by its error, but no tick arrives before it was sent.
  samples.add(tick, Math.max(client.now() ?? 0, tick.sentAt), client.roundTrip);
  if (showTicks.checked) log.add('tick', TEXTS[language].tick(tick.sequence, tick.time));
  // A hidden page has no animation frames, and its timers are late.
  if (document.hidden) seconds.again();
  else showSoon();
});
client.on('state', (state) => {
  if (state === 'open' && !hasGreeted) {
    hasGreeted = true;
    send(`Hello from ${viewerId}`);
  }
  showSoon();
});
client.on('message', (message) => {
  const texts = TEXTS[language];
  if (message.type === 'received') log.add('received', message.error ?? texts.received(message.bytes));
  else log.add('trouble', texts.closing(message.code, message.reason));
});
client.on('text', (text) => log.add('trouble', TEXTS[language].gatewaySays(text)));
client.on('disconnect', ({ code, reason }) => log.add('state', TEXTS[language].lost(code, reason)));

toggle.addEventListener('click', () => {
  if (client.state === 'closed') client.connect();
  else {
    client.close(1000, 'the viewer left');
    log.add('state', TEXTS[language].lost(1000, ''));
  }
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (!canSend()) return;
  send(input.value);
  input.value = '';
});
element('copy-link').addEventListener('click', async () => {
  const isCopied = await copy(linkToShare(location.href));
  announcer.announce(TEXTS[language].page[isCopied ? 'copied' : 'notCopied']);
});
element('language').addEventListener('click', () => {
  ({ language, locale } = chooseLanguage(otherLanguage(language), navigator.languages));
  keepInUrl('lang', language);
  localize(TEXTS[language], language);
  formats = makeFormats(locale, hours);
  show();
});
hoursButton.addEventListener('click', () => {
  hours = otherHours();
  keepInUrl('hours', String(hours));
  formats = makeFormats(locale, hours);
  show();
});
offerFullScreen(fullScreenButton, show);
document.addEventListener('visibilitychange', showSoon);

if ('WebSocket' in globalThis) client.connect();
else {
  element('unsupported').hidden = false;
  toggle.disabled = true;
}
const seconds = everySecond(
  () => currentView().now,
  show,
  () => [0, phaseOf(countdown.untilMillis ?? 0)],
);

function currentView(): View {
  const now = client.now();
  const isDate = now !== undefined && Math.abs(now) <= MAX_EPOCH_MILLIS;
  return { client, texts: TEXTS[language], formats: formats(), now: isDate ? now : undefined };
}

function otherHours(): Hours {
  return formats().hours === 12 ? 24 : 12;
}

function show(): void {
  const view = currentView();
  for (const part of parts) part.show(view);
  sendButton.disabled = !canSend();
  write(hoursButton, view.texts.hours(otherHours()));
  write(fullScreenButton, view.texts.page[isFullScreen() ? 'leaveFullScreen' : 'fullScreen']);
  log.flush();
}

/** Updates the page at most once per animation frame, and not while the page is hidden. */
function showSoon(): void {
  if (isFrameDue) return;
  isFrameDue = true;
  requestAnimationFrame(() => {
    isFrameDue = false;
    seconds.again();
  });
}

function canSend(): boolean {
  return client.state === 'open' || client.state === 'stale';
}

function send(text: string): void {
  client.send(text);
  log.add('sent', TEXTS[language].said(text));
}
