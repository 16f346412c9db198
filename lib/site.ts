// The page in a private bucket, and the distribution that serves page and socket on one origin.

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
  /** Such as `clock.example.com`. */
  readonly domainName: string;
  /** Of a certificate in us-east-1, as CloudFront asks for. With it TLS 1.2 is the least that is spoken; without a domain of its own a
   *  distribution cannot be told. */
  readonly certificateArn: string;
  /** Zone in Route 53 where the domain's records are made. @default - none: point the domain at the distribution yourself */
  readonly hostedZoneId?: string;
}

export interface SiteOptions {
  /** @default - the distribution's own, `….cloudfront.net` */
  readonly domain?: SiteDomain;
  /** ARN of a web ACL of AWS WAF, of scope CLOUDFRONT. @default - none */
  readonly webAclArn?: string;
  /** Whether only what comes through the site may connect. Without it the API's own URL is open, past a web ACL, and nobody
   *  can tell where a viewer comes from: `maxViewersPerAddress` is unlimited then.
   *  @default true */
  readonly originSecret?: boolean;
  /** Sockets of other cells, such as `wss://clock2.example.com/websocket`: deployments of their own, in any region or account, with
   *  the same interval. The page goes to one of them when this one fails. Pages of their sites may connect here. CloudFront's
   *  limit for the page's Content-Security-Policy leaves room for about 60.
   *  @default - none */
  readonly cells?: readonly string[];
  /** How long the log of the page's upload is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

export interface SiteProps extends SiteOptions {
  readonly clock: TickcastClock;
}

export class Site extends Construct {
  /** `https://…`, no trailing slash: its pages may connect. */
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
      // The upload empties it first.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const originAccessControl = new S3OriginAccessControl(this, 'AccessControl', {
      originAccessControlName: globalName(this, 'AccessControl'),
    });
    const ofFiles = {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, { originAccessControl }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      // By each object's Cache-Control, but a second at least; see page-upload.ts.
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
      // Passes on the handshake's headers, `Origin` and the query string; execute-api refuses a foreign Host.
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
        // A pattern matches exactly, and API Gateway takes a trailing slash.
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

    acknowledge(bucket, { S1: 'It holds the public page and nothing else, and only CloudFront reads it.' });
    acknowledge(this.distribution, {
      CFR1: 'Where the viewers may be is the business of who deploys it: a web ACL can say so.',
      CFR3: 'The page is public and the same for all; who connects is in the log of $connect.',
      ...(webAclArn === undefined && {
        CFR2: 'A web ACL costs by the month and the request; webAclArn attaches one. maxViewers and the throttle hold without.',
      }),
      ...(domain === undefined && {
        CFR4: 'The certificate of cloudfront.net leaves no choice of TLS version. With a domain of its own it is 1.2 at least.',
      }),
    });
  }

  #addRecords(hostedZoneId: string, domainName: string): void {
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domainName });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    // With a dot in the end it is whole, whatever the zone is named.
    const record = { zone, recordName: `${domainName}.`, target };
    new ARecord(this, 'Ipv4', record);
    new AaaaRecord(this, 'Ipv6', record);
  }
}

/** A refused handshake is the answer to one viewer, and no other's: CloudFront would keep some for ten seconds.
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
