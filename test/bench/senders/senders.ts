// The four senders that the fan-out benchmark compares. Each module is imported only when it is used, so that the
// memory of a process contains only its own sender.

import type { SenderFactory } from './sender.ts';

/** In the order in which they run. Ours runs between the senders that it is compared with, because the speed of a
 *  shared machine changes. */
export const SENDERS = ['undici, unsigned', 'ours', 'SDK, all at once', 'SDK, pool of 200'] as const;

export type SenderName = (typeof SENDERS)[number];

export const loadSender: Readonly<Record<SenderName, () => Promise<SenderFactory>>> = {
  'undici, unsigned': async () => (await import('./unsigned.ts')).makeUnsignedSender,
  ours: async () => (await import('./ours.ts')).makeOurSender,
  'SDK, all at once': async () => (await import('./sdk.ts')).makeUnboundedSdkSender,
  'SDK, pool of 200': async () => (await import('./sdk.ts')).makePooledSdkSender,
};
