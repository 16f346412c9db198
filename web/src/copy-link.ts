// The link to share this page: with the countdown and the language, without the viewer's id.

/** @param pageUrl URL of the page with any query string */
export function linkToShare(pageUrl: string): string {
  const url = new URL(pageUrl);
  url.searchParams.delete('id');
  return url.href;
}

/** Copies a text to the clipboard. @returns false if that is not possible */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // `navigator.clipboard` needs permission, and TLS unless the page is from this machine.
    return false;
  }
}
