// The WebSocket API, its one stage and its three routes.

import { Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** CloudFront passes the viewer's path on unchanged, so the stage has the name of the path: `/websocket`. */
const STAGE_NAME = 'websocket';

export interface SocketRoutes {
  /** `$connect` */
  readonly connect: IFunction;
  /** `$disconnect` */
  readonly disconnect: IFunction;
  /** `$default`; its answer goes back to the client by a route response. */
  readonly message: IFunction;
}

export class SocketApi extends Construct {
  /** Host of the API, without the stage. */
  readonly domainName: string;
  readonly stageName = STAGE_NAME;
  /** Endpoint of the @connections API: it works through the execute-api host only, never through CloudFront. */
  readonly connectionsEndpoint: string;
  readonly #api: WebSocketApi;
  readonly #stage: WebSocketStage;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#api = new WebSocketApi(this, 'Api', { description: 'Tickcast viewers' });
    this.#stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName: STAGE_NAME,
      // Without it the routes would never be deployed.
      autoDeploy: true,
    });
    const { region, urlSuffix } = Stack.of(this);
    this.domainName = `${this.#api.apiId}.execute-api.${region}.${urlSuffix}`;
    this.connectionsEndpoint = this.#stage.callbackUrl;
  }

  addRoutes({ connect, disconnect, message }: SocketRoutes): void {
    this.#api.addRoute('$connect', { integration: new WebSocketLambdaIntegration('Connect', connect) });
    this.#api.addRoute('$disconnect', { integration: new WebSocketLambdaIntegration('Disconnect', disconnect) });
    this.#api.addRoute('$default', {
      integration: new WebSocketLambdaIntegration('Message', message),
      returnResponse: true,
    });
  }

  /** Allows @connections on this stage only. */
  grantPost(grantee: IGrantable): void {
    this.#stage.grantManagementApiAccess(grantee);
  }
}
