// The texts of the page in its languages. index.html contains the English texts too, with the same keys in `data-text`,
// `data-label` or `data-placeholder`.

import type { ClockState } from './client/index.ts';
import type { Language } from './language.ts';

export interface Texts {
  readonly page: Readonly<Record<PageText, string>>;
  readonly states: Readonly<Record<ClockState, string>>;
  /** Units of a duration. */
  readonly units: {
    readonly ms: string;
    readonly s: string;
    readonly min: string;
    readonly h: string;
    readonly d: string;
  };
  lastTick(seconds: number): string;
  fast(amount: string, bound: string): string;
  slow(amount: string, bound: string): string;
  right(bound: string): string;
  until(date: string): string;
  since(date: string): string;
  days(count: number): string;
  badMoment(got: string): string;
  inSeconds(got: string): string;
  countDownTo(date: string): string;
  /** Errors of a clock. */
  hours(hours: 12 | 24): string;
  said(text: string): string;
  received(bytes: number): string;
  tick(sequence: number, time: string): string;
  closing(code: number, reason: string): string;
  lost(code: number, reason: string): string;
  gatewaySays(text: string): string;
}

export type PageText =
  | 'time'
  | 'connect'
  | 'disconnect'
  | 'copyLink'
  | 'copied'
  | 'notCopied'
  | 'unsupported'
  | 'comparing'
  | 'itIsTime'
  | 'countdown'
  | 'date'
  | 'timeOfDay'
  | 'zone'
  | 'start'
  | 'remove'
  | 'badPick'
  | 'fullScreen'
  | 'leaveFullScreen'
  | 'delays'
  | 'delaysHint'
  | 'chart'
  | 'tickAge'
  | 'roundTrip'
  | 'counts'
  | 'ticks'
  | 'missed'
  | 'doubled'
  | 'reconnects'
  | 'renewals'
  | 'viewer'
  | 'messages'
  | 'showTicks'
  | 'message'
  | 'send';

const en: Texts = {
  page: {
    time: 'Server time',
    connect: 'Connect',
    disconnect: 'Disconnect',
    copyLink: 'Copy link',
    copied: 'Link copied',
    notCopied: 'The link could not be copied. Copy the address of this page instead.',
    unsupported: 'This browser does not support WebSocket, so it cannot show the server’s time. Use a newer browser.',
    comparing: 'Comparing clocks…',
    itIsTime: 'It is time',
    countdown: 'Countdown',
    date: 'Date',
    timeOfDay: 'Time',
    zone: 'Time zone',
    start: 'Start',
    remove: 'Remove',
    badPick: 'This is not a valid date and time. Write them as 2027-01-01 and 08:00:00.',
    fullScreen: 'Full screen',
    leaveFullScreen: 'Leave full screen',
    delays: 'Delays',
    delaysHint:
      'Tick age: time from the second until its tick arrives here. Round trip: the shortest of the latest probes.',
    chart: 'Chart of tick age and round trip for the last 120 ticks',
    tickAge: 'Tick age',
    roundTrip: 'Round trip',
    counts: 'Counts',
    ticks: 'Ticks',
    missed: 'Missed',
    doubled: 'Doubled',
    reconnects: 'Reconnects',
    renewals: 'Renewals',
    viewer: 'You are',
    messages: 'Messages',
    showTicks: 'Show ticks',
    message: 'Message to the server',
    send: 'Send',
  },
  states: {
    connecting: 'Connecting…',
    open: 'Live',
    stale: 'Connected, but no ticks arrive',
    reconnecting: 'No connection, trying again…',
    closed: 'Not connected',
  },
  units: { ms: ' ms', s: ' s', min: ' min', h: ' h', d: ' days' },
  lastTick: (seconds) => `Last tick ${seconds} s ago`,
  fast: (amount, bound) => `Your clock is ${amount} fast, ± ${bound}`,
  slow: (amount, bound) => `Your clock is ${amount} slow, ± ${bound}`,
  right: (bound) => `Your clock is right, ± ${bound}`,
  until: (date) => `Until ${date}`,
  since: (date) => `Since ${date}`,
  days: (count) => (count === 1 ? '1 day' : `${count} days`),
  badMoment: (got) =>
    `No countdown: “until” must be a time such as 2027-01-01T00:00:00Z, or milliseconds since 1970. Got “${got}”.`,
  inSeconds: (got) => `No countdown: “until” is ${got}, which looks like seconds. Use milliseconds since 1970.`,
  countDownTo: (date) => `Count down to ${date}`,
  hours: (hours) => `${hours} h`,
  said: (text) => `You said: ${text}`,
  received: (bytes) => `The server received ${bytes} bytes`,
  tick: (sequence, time) => `Tick ${sequence}: ${time}`,
  closing: (code, reason) => `The server is closing the connection (${code}: ${reason})`,
  lost: (code, reason) => `Connection closed (${code}${reason && `: ${reason}`})`,
  gatewaySays: (text) => `Message from the gateway: ${text}`,
};

const zh: Texts = {
  page: {
    time: '服务器时间',
    connect: '连接',
    disconnect: '断开',
    copyLink: '复制链接',
    copied: '链接已复制',
    notCopied: '无法复制链接，请复制地址栏中的网址',
    unsupported: '您的浏览器不支持 WebSocket，无法显示服务器时间。请换用较新的浏览器。',
    comparing: '正在对时…',
    itIsTime: '时间到',
    countdown: '倒计时',
    date: '日期',
    timeOfDay: '时间',
    zone: '时区',
    start: '开始',
    remove: '清除',
    badPick: '日期或时间无效，请按 2027-01-01 和 08:00:00 的格式填写。',
    fullScreen: '全屏',
    leaveFullScreen: '退出全屏',
    delays: '延迟',
    delaysHint: '报时延迟：从整秒到报时抵达本机的时间。往返时间：最近几次探测中最短的一次。',
    chart: '最近 120 次报时的延迟与往返时间图表',
    tickAge: '报时延迟',
    roundTrip: '往返时间',
    counts: '计数',
    ticks: '报时',
    missed: '漏收',
    doubled: '重复',
    reconnects: '重连',
    renewals: '更换连接',
    viewer: '您的 ID',
    messages: '消息',
    showTicks: '显示报时',
    message: '发给服务器的消息',
    send: '发送',
  },
  states: {
    connecting: '正在连接…',
    open: '实时',
    stale: '已连接，但收不到报时',
    reconnecting: '连接中断，正在重试…',
    closed: '未连接',
  },
  units: { ms: ' 毫秒', s: ' 秒', min: ' 分钟', h: ' 小时', d: ' 天' },
  lastTick: (seconds) => `上次报时：${seconds} 秒前`,
  fast: (amount, bound) => `您的时钟快了 ${amount}（±${bound}）`,
  slow: (amount, bound) => `您的时钟慢了 ${amount}（±${bound}）`,
  right: (bound) => `您的时钟准确（±${bound}）`,
  until: (date) => `距离 ${date} 还有`,
  since: (date) => `${date} 已过去`,
  days: (count) => `${count} 天`,
  badMoment: (got) =>
    `无法倒计时：until 应为 2027-01-01T00:00:00Z 这样的时间，或 1970 年以来的毫秒数，但收到的是“${got}”。`,
  inSeconds: (got) => `无法倒计时：until 的值 ${got} 像是秒数，请改用 1970 年以来的毫秒数。`,
  countDownTo: (date) => `倒计时至 ${date}`,
  hours: (hours) => `${hours} 小时制`,
  said: (text) => `您发送：${text}`,
  received: (bytes) => `服务器已收到 ${bytes} 字节`,
  tick: (sequence, time) => `第 ${sequence} 次报时：${time}`,
  closing: (code, reason) => `服务器即将关闭连接（${code}：${reason}）`,
  lost: (code, reason) => `连接已关闭（${code}${reason && `：${reason}`}）`,
  gatewaySays: (text) => `来自网关的消息：${text}`,
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en, zh };
