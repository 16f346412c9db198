// Joins the constructs: one table, one WebSocket API with three routes, a schedule for each shard, one site in front of it all.

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  MAX_POOL_SIZE,
  MAX_VIEWERS_LIMIT,
  parseCount,
  parseIntervalSeconds,
  parseShards,
  UNLIMITED,
} from '../lambdas/config.ts';
import { BroadcastSchedule } from './broadcast-schedule.ts';
import { ClockFunction } from './clock-function.ts';
import { ClockTable } from './clock-table.ts';
import { Site } from './site.ts';
import { SocketApi } from './socket-api.ts';

export interface TickcastStackProps extends StackProps {
  /** From one tick to the next: whole seconds from 1 to 60. Each tick is one billed message per viewer.
   *  @default Duration.seconds(1) */
  readonly interval?: Duration;
  /** Viewers beyond them are refused. From 1 to 1,000,000. Each costs about $2.60 a month at one tick a second.
   *  @default 100 */
  readonly maxViewers?: number;
  /** Connections from one address beyond them are refused; with several shards roughly.
   *  @default - any number */
  readonly maxViewersPerAddress?: number;
  /** Refuses handshakes without an `Origin` header, as only programs other than browsers send.
   *  @default false */
  readonly requireOrigin?: boolean;
  /** Runners that share the viewers: 1, 2, 4, 8 or 16. By its CPU one runner at 512 MB posts some
   *  thousands a second.
   *  @default 1 */
  readonly shards?: number;
  /** Posts of one runner in flight at most: from 1 to 1,000.
   *  @default 200: at 20 ms each, they make an account's quota of 10,000 a second */
  readonly poolSize?: number;
}

export class TickcastStack extends Stack {
  constructor(scope: Construct, id: string, props: TickcastStackProps = {}) {
    super(scope, id, { description: 'Tickcast: an authoritative clock for web pages', ...props });
    const { interval = Duration.seconds(1), maxViewers = 100, maxViewersPerAddress, poolSize = 200 } = props;
    const intervalSeconds = parseIntervalSeconds('interval', String(interval.toSeconds()));
    const shards = parseShards('shards', String(props.shards ?? 1));
    parseCount('maxViewers', String(maxViewers), MAX_VIEWERS_LIMIT);
    parseCount('poolSize', String(poolSize), MAX_POOL_SIZE);
    if (maxViewersPerAddress !== undefined) {
      parseCount('maxViewersPerAddress', String(maxViewersPerAddress), MAX_VIEWERS_LIMIT);
    }

    const table = new ClockTable(this, 'Table');
    const socketApi = new SocketApi(this, 'SocketApi');
    const site = new Site(this, 'Site', { socketApi });

    const ofTable = { TABLE_NAME: table.tableName };
    const ofRelay = {
      ...ofTable,
      INTERVAL_SECONDS: String(intervalSeconds),
      SHARDS: String(shards),
      MAX_VIEWERS_PER_ADDRESS: String(maxViewersPerAddress ?? UNLIMITED),
      LAMBDA_ENDPOINT: `https://lambda.${this.region}.${this.urlSuffix}`,
    };
    const broadcast = new ClockFunction(this, 'Broadcast', {
      entry: 'broadcast',
      environment: {
        ...ofRelay,
        CONNECTIONS_ENDPOINT: socketApi.connectionsEndpoint,
        POOL_SIZE: String(poolSize),
      },
      memorySize: 512,
      // A runner stands by until the next one comes and leads until the one after: outlasts two missing invocations twice.
      timeout: Duration.minutes(10),
    });
    const connect = new ClockFunction(this, 'Connect', {
      entry: 'connect',
      environment: {
        ...ofRelay,
        ALLOWED_ORIGINS: site.origin,
        ORIGIN_REQUIRED: String(props.requireOrigin ?? false),
        MAX_VIEWERS: String(maxViewers),
        BROADCAST_FUNCTION: broadcast.functionName,
      },
    });
    const disconnect = new ClockFunction(this, 'Disconnect', { entry: 'disconnect', environment: ofTable });
    const message = new ClockFunction(this, 'Message', { entry: 'message', environment: {} });

    socketApi.addRoutes({ connect, disconnect, message });
    for (let shard = 0; shard < shards; shard++) {
      new BroadcastSchedule(this, `Schedule${shard}`, { target: broadcast, shard });
    }

    table.grant(connect, 'dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    table.grant(disconnect, 'dynamodb:DeleteItem');
    table.grant(
      broadcast,
      'dynamodb:Query',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    socketApi.grantPost(broadcast);
    // A policy of its own: a function cannot wait for a policy that names it. Not grantInvoke, which would allow every
    // version and alias as well.
    const wake = new Policy(this, 'Wake', {
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [broadcast.functionArn] })],
    });
    for (const waker of [connect, broadcast]) if (waker.role !== undefined) wake.attachToRole(waker.role);

    new CfnOutput(this, 'SiteUrl', { value: `${site.origin}/`, description: 'The page' });
    new CfnOutput(this, 'SocketUrl', { value: site.socketUrl, description: 'The WebSocket, on the page’s own origin' });
    new CfnOutput(this, 'ConnectionsEndpoint', {
      value: socketApi.connectionsEndpoint,
      description: 'The @connections API, for the AWS SDK',
    });
    new CfnOutput(this, 'TableName', { value: table.tableName, description: 'Who is connected, for npm run viewers' });
  }
}
