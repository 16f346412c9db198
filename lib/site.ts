// The page in a private bucket, and the distribution that serves page and socket on one origin.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, RemovalPolicy } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import type { SocketApi } from './socket-api.ts';

export interface SiteProps {
  readonly socketApi: SocketApi;
}

export class Site extends Construct {
  /** `https://…`, no trailing slash: the one origin whose pages may connect. */
  readonly origin: string;
  /** `wss://…/websocket` */
  readonly socketUrl: string;

  constructor(scope: Construct, id: string, { socketApi }: SiteProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'Tickcast',
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      },
      additionalBehaviors: {
        [`/${socketApi.stageName}`]: {
          origin: new HttpOrigin(socketApi.domainName),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          // Passes on the handshake's headers, `Origin` and the query string; execute-api refuses a foreign Host.
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
      },
    });
    new BucketDeployment(this, 'Deployment', {
      sources: [pageSource()],
      destinationBucket: bucket,
      distribution,
      distributionPaths: ['/*'],
      logGroup: new LogGroup(this, 'DeploymentLogs', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    this.origin = `https://${distribution.distributionDomainName}`;
    this.socketUrl = `wss://${distribution.distributionDomainName}/${socketApi.stageName}`;
  }
}

/** The page as Vite builds it, at synthesis and on this machine. */
function pageSource() {
  const webFolder = fileURLToPath(new URL('../web', import.meta.url));
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  return Source.asset(webFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used: the local bundling below does it all.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle(outputFolder) {
          const options = ['build', webFolder, '--outDir', outputFolder, '--emptyOutDir', '--logLevel', 'warn'];
          execFileSync(process.execPath, [vite, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
          return true;
        },
      },
    },
  });
}
