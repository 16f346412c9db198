// CloudFront policies with the security headers of protocol/response-headers.ts, for each response of the site.

import { Duration } from 'aws-cdk-lib';
import {
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  type ResponseHeadersPolicyProps,
} from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { contentSecurityPolicy, ELEMENT_HEADERS, SECURITY_HEADERS } from '../protocol/response-headers.ts';
import { globalName } from './global-name.ts';

/** CloudFront replaces the same headers of the bucket's responses. */
const override = true;

export interface SecurityHeadersProps {
  /** The site's own domain, if it has one. By the standard `'self'` covers `wss:` of the same host, but Safari before
   *  16 needs the name.
   *  @default - `'self'` alone */
  readonly domainName?: string;
  /** Sockets of other cells. @default - none */
  readonly cells?: readonly string[];
}

/** Characters of a Content-Security-Policy: CloudFront's default quota. A raised quota is not taken into account.
 *  @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html */
export const MAX_POLICY_LENGTH = 1_783;

/** Headers of the page. */
export class SecurityHeaders extends ResponseHeadersPolicy {
  constructor(scope: Construct, id: string, props: SecurityHeadersProps = {}) {
    super(scope, id, {
      responseHeadersPolicyName: globalName(scope, id),
      comment: 'Tickcast: only the page and its sockets',
      ...headers(pagePolicy(props), SECURITY_HEADERS['cross-origin-resource-policy']),
    });
  }
}

/** @returns the Content-Security-Policy of the page */
export function pagePolicy({ domainName, cells = [] }: SecurityHeadersProps): string {
  const own = domainName === undefined ? [] : [`wss://${domainName}`];
  return contentSecurityPolicy([...own, ...cells.map((socket) => new URL(socket).origin)]);
}

/** Headers of the custom element's script, which pages on other origins use. */
export class ElementHeaders extends ResponseHeadersPolicy {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      responseHeadersPolicyName: globalName(scope, id),
      comment: 'Tickcast: the custom element, for any page',
      ...headers(contentSecurityPolicy([]), ELEMENT_HEADERS['cross-origin-resource-policy']),
      corsBehavior: {
        accessControlAllowOrigins: [ELEMENT_HEADERS['access-control-allow-origin']],
        accessControlAllowMethods: ['GET', 'HEAD'],
        accessControlAllowHeaders: ['*'],
        accessControlAllowCredentials: false,
        originOverride: override,
      },
    });
  }
}

function headers(contentSecurityPolicy: string, resourcePolicy: string): ResponseHeadersPolicyProps {
  const custom = (header: keyof typeof SECURITY_HEADERS, value: string = SECURITY_HEADERS[header]) => {
    return { header, value, override };
  };
  return {
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, override },
      contentTypeOptions: { override },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override },
      // Does not include subdomains: they may belong to other sites.
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
    },
    customHeadersBehavior: {
      customHeaders: [
        custom('cross-origin-opener-policy'),
        custom('cross-origin-resource-policy', resourcePolicy),
        custom('permissions-policy'),
      ],
    },
  };
}
