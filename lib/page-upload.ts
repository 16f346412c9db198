// Uploads the page to its bucket. The function's own package contains the page, so there is no second asset, and not
// the 22 MB of the AWS CLI that BucketDeployment needs.

import { CustomResource, Duration, Lazy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { SAME_ORIGIN_SOCKET } from '../protocol/page-sockets.ts';
import { functionCode } from './assets.ts';
import { ownLogs } from './clock-function.ts';
import { acknowledgeWildcard } from './nag.ts';

export interface PageUploadProps {
  /** Bucket for the page alone. The upload removes all objects that belong neither to this page nor to the one before.
   *  When the stack is deleted, all objects are removed. */
  readonly bucket: IBucket;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** Sockets of the other cells. */
  readonly cells: readonly string[];
}

export class PageUpload extends Construct {
  #socketUrl = SAME_ORIGIN_SOCKET;

  constructor(scope: Construct, id: string, { bucket, logRetention, cells }: PageUploadProps) {
    super(scope, id);
    const logs = ownLogs(this, 'Upload', logRetention);
    const uploader = new LambdaFunction(this, 'Upload', {
      description: 'Uploads the page of Tickcast when it is deployed',
      code: functionCode('page-upload'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(1),
      ...logs,
    });
    const objects = bucket.arnForObjects('*');
    uploader.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:PutObject', 's3:DeleteObject'], resources: [objects] }),
    );
    acknowledgeWildcard(logs.role, objects, 'The bucket holds only the page.');
    uploader.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
    if (!(uploader.node.defaultChild instanceof CfnFunction))
      throw new TypeError('the function must have a CfnFunction as its default child');
    const { code } = uploader.node.defaultChild;

    new CustomResource(this, 'Files', {
      resourceType: 'Custom::TickcastPage',
      serviceToken: uploader.functionArn,
      // The default is an hour, which a deployment would wait if the function did not answer.
      serviceTimeout: Duration.minutes(3),
      properties: {
        Bucket: bucket.bucketName,
        Package: 's3Key' in code ? code.s3Key : '',
        Sockets: Lazy.list({ produce: () => [this.#socketUrl, ...cells] }),
      },
    });
  }

  /** Makes the page connect to a socket on another origin.
   *  @param socketUrl such as `wss://clock.example/websocket`, or a token that is known at deployment only */
  connectTo(socketUrl: string): void {
    this.#socketUrl = socketUrl;
  }
}
