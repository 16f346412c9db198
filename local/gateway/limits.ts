// The limits of API Gateway's WebSocket APIs that are imposed here. docs/fidelity.md names those that are not yet.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

/** Of a message in either direction. A single frame from a client has a smaller limit on AWS (32 KB). */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** How long a route's function may take. */
export const MAX_INTEGRATION_TIMEOUT_MILLIS = 29_000;
