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
  /** `$default`; its answer goes back to the client by a route response. */
  readonly message: IFunction;
}

export class SocketApi extends Construct {
  readonly apiId: string;
  /** Host of the API, without the stage. */
  readonly domainName: string;
  readonly stageName = STAGE;
  /** Endpoint of the @connections API: it works through the execute-api host only, never through CloudFront. */
  readonly connectionsEndpoint: string;
  /** Straight to the API, past any site: `wss://….execute-api.…/websocket` */
  readonly directUrl: string;
  readonly #api: WebSocketApi;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#api = new WebSocketApi(this, 'Api', {
      // The console lists APIs by this name.
      apiName: Stack.of(this).stackName,
      description: 'Tickcast viewers',
    });
    this.apiId = this.#api.apiId;
    const { region, urlSuffix } = Stack.of(this);
    this.domainName = `${this.apiId}.execute-api.${region}.${urlSuffix}`;
    // Written out, not taken from the stage: the stage comes after its routes, and they after the functions that use this.
    this.connectionsEndpoint = `https://${this.domainName}/${STAGE}`;
    this.directUrl = `wss://${this.domainName}/${STAGE}`;
  }

  /** Adds the routes, and the stage that serves them. To be called once. */
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
      // Without it the routes would never be deployed.
      autoDeploy: true,
    });
    // By route, not by default for the stage: whether the latter slows @connections down as well is unconfirmed, and the
    // ticks would stop. A `$disconnect` that is refused would leave its row behind, so it is not limited.
    if (!(stage.node.defaultChild instanceof CfnStage)) throw new TypeError('the stage is not what it was');
    stage.node.defaultChild.routeSettings = {
      $connect: routeSettings(throttle.connects),
      $default: routeSettings(throttle.messages),
    };
    // The settings name routes that must be there.
    stage.node.addDependency(...routes);

    acknowledge(stage, {
      APIG1:
        'Access logs of a WebSocket API need a role that is set once for the whole account and region. Each connection, refusal and disconnection is a line of a function’s log already.',
    });
    const publicReason =
      'The clock is public. $connect admits by secret, origin and number; what it has admitted needs no more.';
    for (const route of routes) acknowledge(route, { APIG4: publicReason });
  }

  /** Allows posts to the connections of this stage, and nothing else of @connections. */
  grantPost(grantee: IGrantable): Grant {
    const resourceName = `${STAGE}/POST/@connections/*`;
    const arn = Stack.of(this).formatArn({ service: 'execute-api', resource: this.apiId, resourceName });
    const { grantPrincipal } = grantee;
    if (Construct.isConstruct(grantPrincipal))
      acknowledgeWildcard(grantPrincipal, arn, 'Connections have no names before they are there.');
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:ManageConnections'], resourceArns: [arn] });
  }
}

/** As CloudFormation has it. */
function routeSettings({ rateLimit, burstLimit }: ThrottleSettings) {
  return { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit };
}
