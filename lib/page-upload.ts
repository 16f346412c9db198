// Brings the page into its bucket. The function that does it carries the page, as Vite builds it at synthesis and on this
// machine, in its own package: no second asset, and no 22 MB of AWS CLI as BucketDeployment brings along.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CustomResource, Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BUNDLING } from './bundling.ts';
import { LOCK_FILE, ownLogs } from './clock-function.ts';
import { acknowledgeWildcard } from './nag.ts';

export interface PageUploadProps {
  /** Holds the page and nothing else: what is of neither this page nor the one before is removed, and everything when the stack is
   *  deleted. */
  readonly bucket: IBucket;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

const WEB_FOLDER = fileURLToPath(new URL('../web', import.meta.url));

export class PageUpload extends Construct {
  constructor(scope: Construct, id: string, { bucket, logRetention }: PageUploadProps) {
    super(scope, id);
    const logs = ownLogs(this, 'Upload', logRetention);
    const uploader = new NodejsFunction(this, 'Upload', {
      description: 'Uploads the page of Tickcast when it is deployed',
      entry: fileURLToPath(new URL('page-upload.handler.ts', import.meta.url)),
      depsLockFilePath: LOCK_FILE,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(1),
      awsSdkConnectionReuse: false,
      bundling: {
        ...BUNDLING,
        format: OutputFormat.CJS,
        commandHooks: { beforeInstall: () => [], beforeBundling: () => [], afterBundling: buildPage },
      },
      ...logs,
    });
    const objects = bucket.arnForObjects('*');
    uploader.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:PutObject', 's3:DeleteObject'], resources: [objects] }),
    );
    acknowledgeWildcard(logs.role, objects, 'The bucket holds the page and nothing else.');
    uploader.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
    if (!(uploader.node.defaultChild instanceof CfnFunction)) throw new TypeError('the function is not what it was');
    const { code } = uploader.node.defaultChild;

    new CustomResource(this, 'Files', {
      resourceType: 'Custom::TickcastPage',
      serviceToken: uploader.functionArn,
      // An hour by default, should the function not answer.
      serviceTimeout: Duration.minutes(3),
      properties: { Bucket: bucket.bucketName, Package: 's3Key' in code ? code.s3Key : '' },
    });
  }
}

/** Vite's own program, by the Node that synthesizes. */
function buildPage(_inputFolder: string, outputFolder: string): string[] {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  const folders = `"${WEB_FOLDER}" --outDir "${join(outputFolder, 'page')}"`;
  return [`"${process.execPath}" "${vite}" build ${folders} --emptyOutDir --logLevel warn`];
}
