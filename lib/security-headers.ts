// What every answer of the site tells the browser to forbid. The page needs its own scripts and styles, and the socket.
// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy

import { Duration } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

export interface SecurityHeadersProps {
  /** The site's own domain, where it is known before the distribution is. `'self'` covers `wss:` of the same host by the
   *  standard; Safari before 16 does not know that, and needs the name.
   *  @default - `'self'` alone */
  readonly domainName?: string;
}

export class SecurityHeaders extends ResponseHeadersPolicy {
  constructor(scope: Construct, id: string, { domainName }: SecurityHeadersProps = {}) {
    super(scope, id, {
      comment: 'Tickcast: nothing but the page and its socket',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(domainName), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        // Not for subdomains: they are somebody else's.
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'cross-origin-opener-policy', value: 'same-origin', override: true },
          { header: 'cross-origin-resource-policy', value: 'same-origin', override: true },
          { header: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=()', override: true },
        ],
      },
    });
  }
}

function contentSecurityPolicy(domainName: string | undefined): string {
  const socket = domainName === undefined ? '' : ` wss://${domainName}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
