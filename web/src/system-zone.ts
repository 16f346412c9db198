// The time zone of the system, which a person may change while the page is open: a format that was made before keeps
// the old one.

/** @returns gives the format for the system's zone as it is now */
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
