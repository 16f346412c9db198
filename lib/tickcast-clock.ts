// The clock without a page: one table, one WebSocket API with three routes, four functions, and a schedule and a queue
// for each shard. It can be used in any stack. lib/site.ts puts a page and CloudFront in front of it.

import { Annotations, Duration, Lazy, type SecretValue, Stack, Token } from 'aws-cdk-lib';
import type { MathExpression, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { NO_SECRET } from '../lambdas/config.ts';
import {
  DEFAULT_BROADCAST_MEMORY,
  DEFAULT_HANDLER_MEMORY,
  DEFAULT_INTERVAL_SECONDS,
  DEFAULT_SHARDS,
  MAX_POOL_SIZE,
  MAX_REQUEST_QUOTA,
  MAX_VIEWERS_LIMIT,
} from '../protocol/limits.ts';
import {
  ConfigError,
  parseCount,
  parseIntervalSeconds,
  parseLimit,
  parseOrigins,
  parseShards,
} from '../protocol/settings.ts';
import { BroadcastSchedules } from './broadcast-schedules.ts';
import { ClockFunction } from './clock-function.ts';
import { ClockMetrics } from './clock-metrics.ts';
import { ClockTable } from './clock-table.ts';
import { bytesOfEnvironment, bytesOfOrigins, MAX_ENVIRONMENT_BYTES, standIns } from './environment-size.ts';
import { acknowledge } from './nag.ts';
import { concurrentExecutions, postsPerSecond, quotaOf, quotaWarning, type RequestQuota } from './quotas.ts';
import { SocketApi } from './socket-api.ts';
import { throttleFor } from './throttle.ts';
import { WakeQueues } from './wake-queues.ts';

export interface TickcastClockProps {
  /** Time from one tick to the next: whole seconds from 1 to 60. Each tick is one billed message per viewer.
   *  @default Duration.seconds(1) */
  readonly interval?: Duration;
  /** Viewers beyond this number are refused. From 1 to 1,000,000. Each viewer costs about $2.60 a month at one tick a
   *  second. The API's throttle depends on it, see throttle.ts.
   *  @default 100 */
  readonly maxViewers?: number;
  /** Connections from one address beyond this number are refused, or get no ticks if they all came at once. An IPv6
   *  network of 64 bits counts as one address. With several shards the limit is divided among them. Set `unlimited`
   *  behind a proxy that hides the viewers' addresses.
   *  @default - a tenth of `maxViewers`, but at least 10: people at schools and offices share an address */
  readonly maxViewersPerAddress?: number | 'unlimited';
  /** Origins whose pages may connect, such as `https://www.example`, in addition to those of {@link
   *  TickcastClock.allowOrigin}.
   *  @default - none */
  readonly allowedOrigins?: readonly string[];
  /** Whether to refuse handshakes without an `Origin` header. Browsers always send one.
   *  @default false */
  readonly requireOrigin?: boolean;
  /** Number of runners that share the viewers: 1, 2, 4, 8 or 16. The CPU of one runner with 512 MB is enough for some
   *  thousand posts a second.
   *  @default 1 */
  readonly shards?: number;
  /** Maximum number of posts that one runner has in flight: from 1 to 1,000. @default 200 */
  readonly poolSize?: number;
  /** API Gateway's quota of requests a second for the account in this region, or the part of it that the clock may use.
   *  All shards together send ticks at 80 % of it. From 1 to 1,000,000.
   *  @default the quota of an account that has not asked for more: 10,000, or 2,500 in smaller regions, see
   *  quotas.ts */
  readonly requestQuota?: number;
  /** Whether a runner ends when two independent witnesses contradict its clock by more than a second. Witnesses are,
   *  for example, the `Date` of the table's answers and the time of the message that started the runner. The alarm
   *  `ClockErrors` starts in either case. With false the runner records the error and goes on. Use that only if the
   *  witnesses are wrong and every runner ends.
   *  @default true */
  readonly refuseWrongClock?: boolean;
  /** Memory of the function that sends the ticks, in MiB: from 128 to 10,240. Lambda allocates CPU in proportion, one
   *  vCPU at 1,769.
   *  @default 512 */
  readonly broadcastMemorySize?: number;
  /** Memory of the functions that answer handshakes and messages, in MiB: from 128 to 10,240. @default 256 */
  readonly handlerMemorySize?: number;
  /** How long the functions' logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** The properties after the defaults are filled in. */
export interface ClockSettings {
  readonly intervalSeconds: number;
  readonly maxViewers: number;
  readonly shards: number;
  /** In MiB. */
  readonly broadcastMemorySize: number;
  readonly handlerMemorySize: number;
}

/** Minimum of the default for `maxViewersPerAddress`: people at schools and offices share an address. */
const MIN_VIEWERS_PER_ADDRESS = 10;

/** With this timeout a runner bridges two missing invocations of the schedule. SQS delivers a throttled message again
 *  after this time. */
const BROADCAST_TIMEOUT = Duration.seconds(150);

export class TickcastClock extends Construct {
  readonly settings: ClockSettings;
  /** URL of the API itself, which bypasses a {@link Site}: `wss://….execute-api.…/websocket` */
  readonly socketUrl: string;
  /** Endpoint of `@connections`, for `ApiGatewayManagementApiClient`. */
  readonly connectionsEndpoint: string;
  /** @internal */
  readonly socketApi: SocketApi;
  /** @internal */
  readonly table: ClockTable;
  /** Queue of failed runs: the scheduler could not deliver them, the function failed or was throttled, or a message
   *  failed three times. */
  readonly failedRuns: Queue;
  /** Requests a second of the account that the clock may use.
   *  @internal */
  readonly requestQuota: RequestQuota;
  /** Concurrent Lambda executions while viewers arrive at the rate that the API admits. Assumes how long each execution
   *  takes. */
  readonly concurrentExecutions: number;
  /** `$connect` */
  readonly connect: IFunction;
  /** `$disconnect` */
  readonly disconnect: IFunction;
  /** `$default` */
  readonly message: IFunction;
  /** The function that sends the ticks. */
  readonly broadcast: IFunction;
  readonly #origins: string[];
  /** Bytes that the other variables of `$connect` leave for `ALLOWED_ORIGINS`. */
  readonly #maxOriginBytes: number;
  #originSecret: string = NO_SECRET;

  /** @throws {ConfigError} with the property, its value and what is allowed */
  constructor(scope: Construct, id: string, props: TickcastClockProps = {}) {
    super(scope, id);
    const {
      interval = Duration.seconds(DEFAULT_INTERVAL_SECONDS),
      maxViewers = 100,
      maxViewersPerAddress = Math.max(MIN_VIEWERS_PER_ADDRESS, Math.floor(maxViewers / 10)),
      poolSize = 200,
    } = props;
    const { broadcastMemorySize = DEFAULT_BROADCAST_MEMORY, handlerMemorySize = DEFAULT_HANDLER_MEMORY } = props;
    const { logRetention } = props;
    const intervalSeconds = parseIntervalSeconds('interval', String(interval.toMilliseconds() / 1000));
    const shards = parseShards('shards', String(props.shards ?? DEFAULT_SHARDS));
    parseCount('maxViewers', String(maxViewers), MAX_VIEWERS_LIMIT);
    parseCount('poolSize', String(poolSize), MAX_POOL_SIZE);
    parseLimit('maxViewersPerAddress', String(maxViewersPerAddress), MAX_VIEWERS_LIMIT);
    parseMemorySize('broadcastMemorySize', String(broadcastMemorySize));
    parseMemorySize('handlerMemorySize', String(handlerMemorySize));
    this.#origins = (props.allowedOrigins ?? []).flatMap((origin) => parseOrigins('allowedOrigins', origin));
    this.settings = { intervalSeconds, maxViewers, shards, broadcastMemorySize, handlerMemorySize };
    if (props.requestQuota !== undefined) {
      parseCount('requestQuota', String(props.requestQuota), MAX_REQUEST_QUOTA);
    }
    this.requestQuota = quotaOf(Stack.of(this).region, props.requestQuota);
    const warning = quotaWarning(this.settings, this.requestQuota);
    if (warning !== undefined) Annotations.of(this).addWarningV2('tickcast:requestQuota', warning);
    this.node.addValidation({
      validate: () =>
        this.#origins.length > 0 ? [] : ['allowedOrigins must name an origin such as https://clock.example, got none'],
    });

    this.table = new ClockTable(this, 'Table');
    this.socketApi = new SocketApi(this, 'SocketApi');
    this.socketUrl = this.socketApi.directUrl;
    this.connectionsEndpoint = this.socketApi.connectionsEndpoint;
    this.failedRuns = new Queue(this, 'FailedRuns', { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true });
    acknowledge(this.failedRuns, {
      SQS3: 'This is the dead-letter queue: of the schedules, of the wake queues, and of the broadcast function.',
    });

    const ofTable = { TABLE_NAME: this.table.tableName };
    const deadLetterQueue = this.failedRuns;
    const wakeQueues = new WakeQueues(this, 'Wakes', { shards, targetTimeout: BROADCAST_TIMEOUT, deadLetterQueue });
    const ofRelay = {
      ...ofTable,
      INTERVAL_SECONDS: String(intervalSeconds),
      SHARDS: String(shards),
      MAX_VIEWERS_PER_ADDRESS: String(maxViewersPerAddress),
      WAKE_QUEUE_URLS: wakeQueues.urls,
    };
    const broadcast = new ClockFunction(this, 'Broadcast', {
      entry: 'broadcast',
      environment: {
        ...ofRelay,
        CONNECTIONS_ENDPOINT: this.connectionsEndpoint,
        POOL_SIZE: String(poolSize),
        POSTS_PER_SECOND: String(postsPerSecond(this.requestQuota, shards)),
        REFUSE_WRONG_CLOCK: String(props.refuseWrongClock ?? true),
      },
      memorySize: broadcastMemorySize,
      timeout: BROADCAST_TIMEOUT,
      onFailure: new SqsDestination(deadLetterQueue),
      // Runners start other runners by messages. By default Lambda stops such a chain after about 16 invocations.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: RecursiveLoop.ALLOW,
      ...(logRetention && { logRetention }),
    });
    const ofConnect = {
      ...ofRelay,
      ALLOWED_ORIGINS: '',
      ORIGIN_REQUIRED: String(props.requireOrigin ?? false),
      ORIGIN_SECRET: '',
      MAX_VIEWERS: String(maxViewers),
    };
    const longest = { ...ofConnect, ...standIns({ table: this.table, queues: wakeQueues.queues }) };
    this.#maxOriginBytes = MAX_ENVIRONMENT_BYTES - bytesOfEnvironment(longest);
    this.#checkBytes(this.#origins);
    const ofHandler = { memorySize: handlerMemorySize, ...(logRetention && { logRetention }) };
    const connect = new ClockFunction(this, 'Connect', {
      entry: 'connect',
      environment: {
        ...ofConnect,
        ALLOWED_ORIGINS: Lazy.string({ produce: () => this.#origins.join(',') }),
        ORIGIN_SECRET: Lazy.string({ produce: () => this.#originSecret }),
      },
      ...ofHandler,
    });
    const disconnect = new ClockFunction(this, 'Disconnect', {
      entry: 'disconnect',
      environment: ofTable,
      ...ofHandler,
    });
    const message = new ClockFunction(this, 'Message', { entry: 'message', environment: {}, ...ofHandler });
    this.connect = connect;
    this.disconnect = disconnect;
    this.message = message;
    this.broadcast = broadcast;

    const throttle = throttleFor(maxViewers, this.requestQuota);
    this.concurrentExecutions = concurrentExecutions(shards, throttle);
    this.socketApi.serve({ connect, disconnect, message }, throttle);
    new BroadcastSchedules(this, 'Schedules', { target: broadcast, shards, deadLetterQueue });

    this.table.grant(connect, 'dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    this.table.grant(disconnect, 'dynamodb:DeleteItem');
    this.table.grant(
      broadcast,
      'dynamodb:Query',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    this.grantPost(broadcast);
    wakeQueues.grantSend(connect);
    wakeQueues.grantSend(broadcast);
    wakeQueues.start(broadcast);
  }

  /** Allows pages of one more origin to connect, such as `https://clock.example`. Tokens are allowed.
   *  @throws {ConfigError} for a wrong origin, and if the origins do not fit into the environment of `$connect` */
  allowOrigin(origin: string): void {
    this.allowOrigins([origin]);
  }

  /** @internal */
  allowOrigins(origins: readonly string[]): void {
    const added = origins.flatMap((origin) => (Token.isUnresolved(origin) ? origin : parseOrigins('origin', origin)));
    this.#checkBytes([...this.#origins, ...added]);
    this.#origins.push(...added);
  }

  #checkBytes(origins: readonly string[]): void {
    const bytes = bytesOfOrigins(origins);
    if (bytes <= this.#maxOriginBytes) return;
    throw new ConfigError(
      `allowedOrigins and cells must name origins of at most ${this.#maxOriginBytes} bytes in all, as Lambda limits a function's environment to ${MAX_ENVIRONMENT_BYTES} bytes, got ${bytes} bytes of ${origins.length} origins`,
    );
  }

  /** Allows posts to the viewers through `@connections` at {@link TickcastClock.connectionsEndpoint}, but no other
   *  method of it. */
  grantPost(grantee: IGrantable): Grant {
    return this.socketApi.grantPost(grantee);
  }

  /** Ticks of all shards that no runner has sent in time. CloudWatch refuses an alarm of more than ten metrics, so with
   *  16 shards this can be a graph but not an alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
   *  @param options such as another period. @default - the sum in a minute */
  metricTicksMissed(options?: MetricOptions): Metric | MathExpression {
    return new ClockMetrics(this).sum('TicksMissed', options);
  }

  /** Refuses handshakes without this secret in `x-tickcast-origin-secret`. Of handshakes with it, the address that
   *  CloudFront adds is trusted. At least 16 characters. */
  requireSecret(secret: SecretValue): void {
    this.#originSecret = secret.unsafeUnwrap();
  }
}

/** @returns MiB. @throws {ConfigError} */
export function parseMemorySize(what: string, text: string): number {
  const mebibytes = Number(text);
  if (Number.isInteger(mebibytes) && mebibytes >= 128 && mebibytes <= 10_240) return mebibytes;
  throw new ConfigError(`${what} must be a whole number of MiB from 128 to 10240, got "${text}"`);
}
