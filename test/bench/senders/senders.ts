// The four ways to send one text to many connections that the fan-out bench compares. Each is imported only when it is
// asked for, so that a process's memory is that of its own way.

import type { SenderFactory } from './sender.ts';

/** In the order in which they run: ours right beside those it is compared with, as a shared machine's speed changes. */
export const SENDERS = ['undici, unsigned', 'ours', 'SDK, all at once', 'SDK, pool of 200'] as const;

export type SenderName = (typeof SENDERS)[number];

export const loadSender: Readonly<Record<SenderName, () => Promise<SenderFactory>>> = {
  'undici, unsigned': async () => (await import('./unsigned.ts')).makeUnsignedSender,
  ours: async () => (await import('./ours.ts')).makeOurSender,
  'SDK, all at once': async () => (await import('./sdk.ts')).makeUnboundedSdkSender,
  'SDK, pool of 200': async () => (await import('./sdk.ts')).makePooledSdkSender,
};
