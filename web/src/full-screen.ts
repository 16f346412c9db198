// The clock alone on the whole screen, as for a wall: the screen stays on, and the pointer is hidden while it rests.

import { mark } from './dom.ts';

const POINTER_SHOWN_MILLIS = 3_000;

/** Makes the button work, and hides it where there is no full screen, as on iPhones.
 *  @param changed called when the page has entered full screen or left it */
export function offerFullScreen(button: HTMLButtonElement, changed: () => void): void {
  const root = document.documentElement;
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener('click', () => {
    const change = document.fullscreenElement === null ? root.requestFullscreen() : document.exitFullscreen();
    // Refused, as in a frame whose page does not allow it.
    change.catch((error) => console.warn('no full screen:', error));
  });
  document.addEventListener('fullscreenchange', () => {
    mark(root, 'fullScreen', String(isFullScreen()));
    keepAwake();
    changed();
  });
  // The lock ends when the page is hidden.
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

/** https://w3c.github.io/screen-wake-lock/. Only pages that came by TLS or from this machine have it. */
async function keepAwake(): Promise<void> {
  if (!isFullScreen()) {
    await lock?.release();
    lock = undefined;
  } else if (document.visibilityState === 'visible' && (lock === undefined || lock.released)) {
    try {
      lock = await navigator.wakeLock?.request('screen');
      // The page may have left full screen meanwhile.
      if (!isFullScreen()) await keepAwake();
    } catch {
      // Refused, as when the battery is low: the clock is shown all the same.
    }
  }
}
