// The link to what this page shows, for others: with the countdown and the language, without the viewer's own id.

/** @param pageUrl with any query */
export function linkToShare(pageUrl: string): string {
  const url = new URL(pageUrl);
  url.searchParams.delete('id');
  return url.href;
}

/** @returns whether the text is in the clipboard now */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text);
  }
}

/** Pages without TLS, other than those of one's own machine, have no `navigator.clipboard`. */
function copyFromField(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'aside';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
