// The link to what this page shows, for others: with the countdown and the language, without the viewer's own id.

/** @param pageUrl with any query */
export function linkToShare(pageUrl: string): string {
  const url = new URL(pageUrl);
  url.searchParams.delete('id');
  return url.href;
}

/** @returns whether the text is now in the clipboard */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without permission, or without TLS on another machine: then there is no `navigator.clipboard`.
    return false;
  }
}
