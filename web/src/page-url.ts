// The page's own URL holds what a person has chosen: language, hours, the moment of the countdown. So a link shows the
// same.

/** @param value null to leave it out */
export function withParameter(pageUrl: string, name: string, value: string | null): string {
  const url = new URL(pageUrl);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.href;
}

/** Without another entry in the history. */
export function keepInUrl(name: string, value: string | null): void {
  history.replaceState(null, '', withParameter(location.href, name, value));
}
