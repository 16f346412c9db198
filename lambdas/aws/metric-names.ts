// Names of the functions' own metrics in CloudWatch. The file imports nothing, so that the constructs can use it too.

export const METRICS_NAMESPACE = 'Tickcast';

/** Metrics of refused viewers, by the HTTP status of the handshake. */
export const REFUSALS = { 400: 'RefusedInvalid', 403: 'RefusedForbidden', 429: 'RefusedFull' } as const;
