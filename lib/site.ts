// The page in a private bucket, and the CloudFront distribution that serves page and socket on one origin.

import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  type ErrorResponse,
  HttpVersion,
  OriginRequestPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ORIGIN_SECRET_HEADER } from '../lambdas/origin-secret.ts';
import { ELEMENT_FILE } from '../protocol/response-headers.ts';
import { ConfigError, originOfCell, parseCells } from '../protocol/settings.ts';
import { globalName } from './global-name.ts';
import { acknowledge } from './nag.ts';
import { OriginSecret } from './origin-secret.ts';
import { PageUpload } from './page-upload.ts';
import { ElementHeaders, MAX_POLICY_LENGTH, pagePolicy, SecurityHeaders } from './security-headers.ts';
import type { TickcastClock } from './tickcast-clock.ts';

export interface SiteDomain {
  /** Domain of the site, such as `clock.example.com`. */
  readonly domainName: string;
  /** ARN of a certificate in us-east-1, as CloudFront requires. With it the site requires TLS 1.2. CloudFront's own
   *  domain does not allow that setting. */
  readonly certificateArn: string;
  /** Route 53 zone for the domain's records. @default - none: point the domain at the distribution yourself */
  readonly hostedZoneId?: string;
}

export interface SiteOptions {
  /** @default - the distribution's own domain, `….cloudfront.net` */
  readonly domain?: SiteDomain;
  /** ARN of a web ACL of AWS WAF, of scope CLOUDFRONT. @default - none */
  readonly webAclArn?: string;
  /** Whether only handshakes through the site may connect. With false the API's own URL is open and bypasses a web ACL.
   *  Addresses of viewers are not known then, so `maxViewersPerAddress` is unlimited.
   *  @default true */
  readonly originSecret?: boolean;
  /** Sockets of other cells, such as `wss://clock2.example.com/websocket`. A cell is a deployment in any region or
   *  account, with the same interval. The page connects to one of them when this one fails, and pages of their sites
   *  may connect here. CloudFront's limit for the page's Content-Security-Policy allows about 60.
   *  @default - none */
  readonly cells?: readonly string[];
  /** How long the log of the page's upload is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

export interface SiteProps extends SiteOptions {
  readonly clock: TickcastClock;
}

export class Site extends Construct {
  /** Origin of the page, `https://…` without a trailing slash. Its pages may connect. */
  readonly origin: string;
  /** `wss://…/websocket` */
  readonly socketUrl: string;
  readonly distribution: Distribution;
  readonly bucket: Bucket;
  /** @internal */
  readonly page: PageUpload;

  /** @throws {ConfigError} */
  constructor(
    scope: Construct,
    id: string,
    { clock, domain, webAclArn, originSecret = true, cells: named = [], logRetention }: SiteProps,
  ) {
    super(scope, id);
    if (domain !== undefined) checkDomain(domain);
    const cells = checkCells(named, domain);
    if (webAclArn !== undefined) checkWebAcl(webAclArn);
    const { socketApi } = clock;
    const secret = originSecret ? new OriginSecret(this, 'OriginSecret').secretValue : undefined;
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // The upload function empties the bucket before CloudFormation deletes it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const originAccessControl = new S3OriginAccessControl(this, 'AccessControl', {
      originAccessControlName: globalName(this, 'AccessControl'),
    });
    const ofFiles = {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, { originAccessControl }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      // Caching follows each object's Cache-Control, but lasts a second at least; see page-upload.ts.
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      compress: true,
    };
    const ofSocket = {
      origin: new HttpOrigin(socketApi.domainName, {
        ...(secret && { customHeaders: { [ORIGIN_SECRET_HEADER]: secret.unsafeUnwrap() } }),
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // Passes on the handshake's headers, `Origin` and the query string, but not `Host`: execute-api refuses another
      // host's name.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      compress: false,
    };
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Tickcast',
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        ...ofFiles,
        responseHeadersPolicy: new SecurityHeaders(this, 'Headers', { ...domain, cells }),
      },
      additionalBehaviors: {
        [`/${ELEMENT_FILE}`]: { ...ofFiles, responseHeadersPolicy: new ElementHeaders(this, 'ElementHeaders') },
        // A pattern matches the whole path. API Gateway also accepts a trailing slash.
        [`/${socketApi.stageName}`]: ofSocket,
        [`/${socketApi.stageName}/`]: ofSocket,
      },
      errorResponses: [400, 403, 404, 500, 502, 503, 504].map(uncached),
      ...(webAclArn !== undefined && { webAclId: webAclArn }),
      ...(domain && {
        domainNames: [domain.domainName],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    this.page = new PageUpload(this, 'Page', { bucket, cells, ...(logRetention && { logRetention }) });
    this.bucket = bucket;
    if (domain?.hostedZoneId !== undefined) this.#addRecords(domain.hostedZoneId, domain.domainName);

    const host = domain?.domainName ?? this.distribution.distributionDomainName;
    this.origin = `https://${host}`;
    this.socketUrl = `wss://${host}/${socketApi.stageName}`;
    clock.allowOrigins([this.origin, ...cells.map(originOfCell)]);
    if (secret !== undefined) clock.requireSecret(secret);

    acknowledge(bucket, { S1: 'It holds only the public page, and only CloudFront reads it.' });
    acknowledge(this.distribution, {
      CFR1: 'A geographic restriction is a choice of the operator: a web ACL can make it.',
      CFR3: 'The page is public and the same for all viewers. Connections are in the log of $connect.',
      ...(webAclArn === undefined && {
        CFR2: 'A web ACL costs money for each month and request; webAclArn attaches one. maxViewers and the throttle work without it.',
      }),
      ...(domain === undefined && {
        CFR4: 'The certificate of cloudfront.net allows no choice of the TLS version. With a domain of its own the site requires 1.2.',
      }),
    });
  }

  #addRecords(hostedZoneId: string, domainName: string): void {
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domainName });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    // A final dot makes the name absolute, whatever the zone is called.
    const record = { zone, recordName: `${domainName}.`, target };
    new ARecord(this, 'Ipv4', record);
    new AaaaRecord(this, 'Ipv6', record);
  }
}

/** Turns off the caching of errors: CloudFront would send a refused handshake's answer to other viewers for ten
 *  seconds.
 *  @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html */
function uncached(httpStatus: number): ErrorResponse {
  return { httpStatus, ttl: Duration.seconds(0) };
}

function checkDomain({ domainName, certificateArn, hostedZoneId = 'Z0' }: SiteDomain): void {
  const isName = domainName.length <= 253 && /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(domainName);
  if (!isName && !Token.isUnresolved(domainName)) {
    throw new ConfigError(`domainName must be a host name such as clock.example.com, got "${domainName}"`);
  }
  const isArn = /^arn:[a-z-]+:acm:us-east-1:\d{12}:certificate\/.+$/.test(certificateArn);
  if (!isArn && !Token.isUnresolved(certificateArn)) {
    const form = 'arn:aws:acm:us-east-1:<account>:certificate/<id>';
    throw new ConfigError(`certificateArn must be ${form}, got "${certificateArn}"`);
  }
  if (!/^Z[A-Z0-9]{1,31}$/.test(hostedZoneId) && !Token.isUnresolved(hostedZoneId)) {
    throw new ConfigError(`hostedZoneId must be an id such as Z2FDTNDATAQYW2, got "${hostedZoneId}"`);
  }
}

function checkCells(named: readonly string[], domain: SiteDomain | undefined): readonly string[] {
  if (named.length === 0) return [];
  const cells = parseCells('cells', named.join(','));
  const own = cells.find((socket) => new URL(socket).host === domain?.domainName);
  if (own !== undefined) throw new ConfigError(`cells must name the other cells only, got this one: ${own}`);
  const doFit = (count: number) => pagePolicy({ ...domain, cells: cells.slice(0, count) }).length <= MAX_POLICY_LENGTH;
  if (!doFit(cells.length)) {
    const fitting = cells.findIndex((_, n) => !doFit(n + 1));
    throw new ConfigError(
      `cells must fit into the page's Content-Security-Policy, which CloudFront limits to ${MAX_POLICY_LENGTH} characters: the first ${fitting} do, got ${cells.length}`,
    );
  }
  return cells;
}

function checkWebAcl(arn: string): void {
  if (Token.isUnresolved(arn) || /^arn:[a-z-]+:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/.test(arn)) return;
  const form = 'arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>';
  throw new ConfigError(`webAclArn must be of a web ACL for CloudFront, ${form}, got "${arn}"`);
}
