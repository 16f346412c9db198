// The id of the viewer: `?id=` of the page, or a random one.

import { MAX_VIEWER_ID_LENGTH } from '../../protocol/limits.ts';

export function viewerIdOf(pageUrl: string): string {
  const given = new URL(pageUrl).searchParams
    .get('id')
    ?.replace(/\p{Cc}/gu, '')
    .slice(0, MAX_VIEWER_ID_LENGTH);
  return given || makeUpId();
}

function makeUpId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return `viewer-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
