// Limits and defaults that the server, the page, the stack and the commands share.

/** Seconds from one tick to the next. */
export const MIN_INTERVAL_SECONDS = 1;
export const MAX_INTERVAL_SECONDS = 60;
export const DEFAULT_INTERVAL_SECONDS = 1;

export const MAX_VIEWERS_LIMIT = 1_000_000;

/** Maximum of the setting for posts of one runner in flight. */
export const MAX_POOL_SIZE = 1_000;

/** Maximum of the setting for an account's API Gateway requests per second. AWS is reported to have granted 100,000. */
export const MAX_REQUEST_QUOTA = 1_000_000;

/** Number of partition keys of the connection rows. They spread the load, and shards divide them. It must never change,
 *  or existing rows cannot be found. */
export const PARTITION_COUNT = 16;

/** Allowed numbers of shards: those that divide the partitions evenly. */
export const SHARD_COUNTS: readonly number[] = [1, 2, 4, 8, 16];
export const DEFAULT_SHARDS = 1;

/** Memory in MiB of the broadcast function, and of each other function. */
export const DEFAULT_BROADCAST_MEMORY = 512;
export const DEFAULT_HANDLER_MEMORY = 256;

/** Name of the API's stage and path of the socket: the same, because CloudFront forwards the path unchanged. */
export const STAGE = 'websocket';

/** Maximum length in characters of the `id` in a viewer's query string. */
export const MAX_VIEWER_ID_LENGTH = 128;

/** Maximum size in bytes of one message in either direction.
 *  @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** Maximum size in bytes of a close frame's reason: 125 for code and reason together (RFC 6455, section 5.5). */
export const MAX_REASON_BYTES = 123;
