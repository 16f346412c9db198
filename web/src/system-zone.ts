// The time zone of the system, which can change while the page is open. An existing `Intl` format keeps the old one.

/** @returns a function that returns the format for the current system time zone */
export function inSystemZone<Format>(make: () => Format): () => Format {
  let zone: string | undefined;
  let format: Format;
  return () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    if (timeZone !== zone) {
      format = make();
      zone = timeZone;
    }
    return format;
  };
}
