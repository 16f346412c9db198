// Full screen mode: shows only the clock, keeps the screen on, and hides the pointer while it does not move.

import { mark } from './dom.ts';

const POINTER_SHOWN_MILLIS = 3_000;

/** Enables the button, or hides it if the platform has no full screen mode, for example on iPhones.
 *  @param changed called when the page has entered or left full screen */
export function offerFullScreen(button: HTMLButtonElement, changed: () => void): void {
  const root = document.documentElement;
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener('click', () => {
    const change = document.fullscreenElement === null ? root.requestFullscreen() : document.exitFullscreen();
    // Refused, for example in a frame without permission.
    change.catch((error) => console.warn('no full screen:', error));
  });
  document.addEventListener('fullscreenchange', () => {
    mark(root, 'fullScreen', String(isFullScreen()));
    keepAwake();
    changed();
  });
  // The browser releases the lock when the page is hidden.
  document.addEventListener('visibilitychange', keepAwake);

  let timer: ReturnType<typeof setTimeout> | undefined;
  for (const type of ['pointermove', 'pointerdown', 'keydown']) {
    document.addEventListener(type, () => {
      mark(root, 'inUse', 'true');
      clearTimeout(timer);
      timer = setTimeout(() => mark(root, 'inUse', 'false'), POINTER_SHOWN_MILLIS);
    });
  }
}

export function isFullScreen(): boolean {
  return document.fullscreenElement !== null;
}

let lock: WakeLockSentinel | undefined;

/** Keeps the screen on (https://w3c.github.io/screen-wake-lock/). Requires TLS or a page from this machine. */
async function keepAwake(): Promise<void> {
  if (!isFullScreen()) {
    await lock?.release();
    lock = undefined;
  } else if (document.visibilityState === 'visible' && (lock === undefined || lock.released)) {
    try {
      lock = await navigator.wakeLock?.request('screen');
      // The page may have left full screen in the meantime.
      if (!isFullScreen()) await keepAwake();
    } catch {
      // Refused, for example because the battery is low. The clock works without it.
    }
  }
}
