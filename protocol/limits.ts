// Figures that more than one side needs, each declared once.

/** Seconds from one tick to the next. */
export const MIN_INTERVAL_SECONDS = 1;
export const MAX_INTERVAL_SECONDS = 60;
export const DEFAULT_INTERVAL_SECONDS = 1;

export const MAX_VIEWERS_LIMIT = 1_000_000;

/** Posts of one runner in flight. */
export const MAX_POOL_SIZE = 1_000;

/** Requests a second of an account: reports of 100,000 are known. */
export const MAX_REQUEST_QUOTA = 1_000_000;

/** Rows lie under this many partition keys, fixed for ever, so that the load spreads and shards can share them. */
export const PARTITION_COUNT = 16;

/** Numbers of shards that divide the partitions evenly. */
export const SHARD_COUNTS: readonly number[] = [1, 2, 4, 8, 16];
export const DEFAULT_SHARDS = 1;

/** MiB of the function that sends the ticks, and of the others. */
export const DEFAULT_BROADCAST_MEMORY = 512;
export const DEFAULT_HANDLER_MEMORY = 256;

/** Name of the stage and path of the socket: CloudFront passes the viewer's path on unchanged. */
export const STAGE = 'websocket';

/** Characters of the `id` in a viewer's query. */
export const MAX_VIEWER_ID_LENGTH = 128;

/** Bytes of one message in either direction.
 *  @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** Bytes of a close frame's reason: 125 for code and reason together (RFC 6455, section 5.5). */
export const MAX_REASON_BYTES = 123;
