// A stage with the probe, for the conformance suite on an emulator or on AWS:
//   npx cdk deploy --app 'node test/conformance/probe-app.ts'

import { fileURLToPath } from 'node:url';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { BUNDLING } from '../../commands/build/bundles.ts';
import { PROBE_ROUTES, STAGE_VARIABLES } from './probe.ts';

const STAGE_NAME = 'probe';

export class ProbeStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { description: 'Probe of the Tickcast conformance suite; may be deleted at any time' });
    const table = new TableV2(this, 'Events', {
      partitionKey: { name: 'key', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const probe = new NodejsFunction(this, 'Probe', {
      entry: fileURLToPath(new URL('./probe-function.ts', import.meta.url)),
      depsLockFilePath: fileURLToPath(new URL('../../package-lock.json', import.meta.url)),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(10),
      environment: { TABLE_NAME: table.tableName },
      awsSdkConnectionReuse: false,
      bundling: { mainFields: BUNDLING.mainFields, minify: true, externalModules: BUNDLING.external },
    });
    table.grant(probe, 'dynamodb:PutItem', 'dynamodb:GetItem');

    const api = new WebSocketApi(this, 'Api', { routeSelectionExpression: '$request.body.action' });
    for (const [key, { routeResponse, timeoutMillis }] of Object.entries(PROBE_ROUTES)) {
      const timeout = timeoutMillis === undefined ? {} : { timeout: Duration.millis(timeoutMillis) };
      const integration = new WebSocketLambdaIntegration(`Route-${key}`, probe, timeout);
      api.addRoute(key, { integration, returnResponse: routeResponse });
    }
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: api,
      stageName: STAGE_NAME,
      autoDeploy: true,
      stageVariables: STAGE_VARIABLES,
    });
    new CfnOutput(this, 'ApiId', { value: api.apiId });
    new CfnOutput(this, 'SocketUrl', { value: stage.url });
    new CfnOutput(this, 'ConnectionsEndpoint', { value: stage.callbackUrl });
  }
}
