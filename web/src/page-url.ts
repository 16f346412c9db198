// The URL of the page contains the choices of the user: language, hours, end of the countdown. A link therefore shows
// the same.

/** @param value null removes the parameter */
export function withParameter(pageUrl: string, name: string, value: string | null): string {
  const url = new URL(pageUrl);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.href;
}

/** Changes the URL without adding a history entry. */
export function keepInUrl(name: string, value: string | null): void {
  history.replaceState(null, '', withParameter(location.href, name, value));
}
