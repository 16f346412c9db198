// The WebSocket API, its one stage and its three routes.

import { Stack } from 'aws-cdk-lib';
import { CfnStage, type ThrottleSettings, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { STAGE } from '../protocol/limits.ts';
import { acknowledge, acknowledgeWildcard } from './nag.ts';
import type { SocketThrottle } from './throttle.ts';

export interface SocketRoutes {
  /** `$connect` */
  readonly connect: IFunction;
  /** `$disconnect` */
  readonly disconnect: IFunction;
  /** `$default`. A route response sends its answer back to the client. */
  readonly message: IFunction;
}

export class SocketApi extends Construct {
  readonly apiId: string;
  /** Host of the API, without the stage. */
  readonly domainName: string;
  readonly stageName = STAGE;
  /** Endpoint of the @connections API. It works only at the execute-api host, never through CloudFront. */
  readonly connectionsEndpoint: string;
  /** URL of the API itself, which bypasses the site: `wss://….execute-api.…/websocket` */
  readonly directUrl: string;
  readonly #api: WebSocketApi;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#api = new WebSocketApi(this, 'Api', {
      // The console shows this name in its list of APIs.
      apiName: Stack.of(this).stackName,
      description: 'Tickcast viewers',
    });
    this.apiId = this.#api.apiId;
    const { region, urlSuffix } = Stack.of(this);
    this.domainName = `${this.apiId}.execute-api.${region}.${urlSuffix}`;
    // Built from parts and not read from the stage: the stage depends on its routes, and the routes on the functions
    // that use this URL.
    this.connectionsEndpoint = `https://${this.domainName}/${STAGE}`;
    this.directUrl = `wss://${this.domainName}/${STAGE}`;
  }

  /** Adds the routes, and the stage that serves them. Call it once. */
  serve({ connect, disconnect, message }: SocketRoutes, throttle: SocketThrottle): void {
    const routes = [
      this.#api.addRoute('$connect', { integration: new WebSocketLambdaIntegration('Connect', connect) }),
      this.#api.addRoute('$disconnect', { integration: new WebSocketLambdaIntegration('Disconnect', disconnect) }),
      this.#api.addRoute('$default', {
        integration: new WebSocketLambdaIntegration('Message', message),
        returnResponse: true,
      }),
    ];
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName: STAGE,
      // Without this dependency the routes would not be deployed.
      autoDeploy: true,
    });
    // The throttle is set per route. Whether a default for the stage would throttle @connections too, and so stop the
    // ticks, is unconfirmed. `$disconnect` is not limited, because a refused `$disconnect` would leave its row behind.
    if (!(stage.node.defaultChild instanceof CfnStage))
      throw new TypeError('the stage must have a CfnStage as its default child');
    stage.node.defaultChild.routeSettings = {
      $connect: routeSettings(throttle.connects),
      $default: routeSettings(throttle.messages),
    };
    // The throttle's settings name routes, which must exist first.
    stage.node.addDependency(...routes);

    acknowledge(stage, {
      APIG1:
        'Access logs of a WebSocket API need a role that is set once for the whole account and region. The functions already log each connection, refusal and disconnection.',
    });
    const publicReason =
      'The clock is public. $connect checks the secret, the origin and the number of viewers. A viewer that it has admitted needs no further authorization.';
    for (const route of routes) acknowledge(route, { APIG4: publicReason });
  }

  /** Allows posts to the connections of this stage, but no other method of @connections. */
  grantPost(grantee: IGrantable): Grant {
    const resourceName = `${STAGE}/POST/@connections/*`;
    const arn = Stack.of(this).formatArn({ service: 'execute-api', resource: this.apiId, resourceName });
    const { grantPrincipal } = grantee;
    if (Construct.isConstruct(grantPrincipal))
      acknowledgeWildcard(grantPrincipal, arn, 'Ids of connections are not known before they connect.');
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:ManageConnections'], resourceArns: [arn] });
  }
}

/** Throttle of a route in CloudFormation's form. */
function routeSettings({ rateLimit, burstLimit }: ThrottleSettings) {
  return { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit };
}
