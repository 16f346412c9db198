// Joins the constructs: one table, one WebSocket API with three routes, one schedule, one site in front of it all.

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type ConfigEnvironment, parseIntervalSeconds } from '../lambdas/config.ts';
import { BroadcastSchedule } from './broadcast-schedule.ts';
import { ClockFunction } from './clock-function.ts';
import { ClockTable } from './clock-table.ts';
import { Site } from './site.ts';
import { SocketApi } from './socket-api.ts';

export interface TickcastStackProps extends StackProps {
  /** From one tick to the next: whole seconds from 1 to 60. Each tick is one billed message per viewer.
   *  @default Duration.seconds(1) */
  readonly interval?: Duration;
}

export class TickcastStack extends Stack {
  constructor(scope: Construct, id: string, props: TickcastStackProps = {}) {
    super(scope, id, { description: 'Tickcast: an authoritative clock for web pages', ...props });
    const { interval = Duration.seconds(1) } = props;
    const intervalSeconds = parseIntervalSeconds('interval', String(interval.toSeconds()));

    const table = new ClockTable(this, 'Table');
    const socketApi = new SocketApi(this, 'SocketApi');
    const site = new Site(this, 'Site', { socketApi });

    const environment: ConfigEnvironment = {
      TABLE_NAME: table.tableName,
      CONNECTIONS_ENDPOINT: socketApi.connectionsEndpoint,
      INTERVAL_SECONDS: String(intervalSeconds),
      ALLOWED_ORIGINS: site.origin,
    };
    const connect = new ClockFunction(this, 'Connect', { entry: 'connect', environment });
    const disconnect = new ClockFunction(this, 'Disconnect', { entry: 'disconnect', environment });
    const message = new ClockFunction(this, 'Message', { entry: 'message', environment });
    const broadcast = new ClockFunction(this, 'Broadcast', {
      entry: 'broadcast',
      environment,
      memorySize: 512,
      // A runner stays until another follows, so it outlasts two missing invocations and the scheduler's own minute.
      timeout: Duration.minutes(5),
    });

    socketApi.addRoutes({ connect, disconnect, message });
    new BroadcastSchedule(this, 'Schedule', { target: broadcast });

    table.grant(connect, 'dynamodb:PutItem');
    table.grant(disconnect, 'dynamodb:DeleteItem');
    table.grant(broadcast, 'dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
    socketApi.grantPost(broadcast);

    new CfnOutput(this, 'SiteUrl', { value: `${site.origin}/`, description: 'The page' });
    new CfnOutput(this, 'SocketUrl', { value: site.socketUrl, description: 'The WebSocket, on the page’s own origin' });
    new CfnOutput(this, 'ConnectionsEndpoint', {
      value: socketApi.connectionsEndpoint,
      description: 'The @connections API, for the AWS SDK',
    });
  }
}
