// Names of the functions' own metrics in CloudWatch. Apart from what writes them, since the constructs use them too.

export const METRICS_NAMESPACE = 'Tickcast';

/** Of the refusals, by the status of their handshake. */
export const REFUSALS = { 400: 'RefusedInvalid', 403: 'RefusedForbidden', 429: 'RefusedFull' } as const;
