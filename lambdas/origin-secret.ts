// The secret by which `$connect` knows that a handshake came through CloudFront: it adds the header to every request that
// it passes on, in place of one that a viewer may have sent.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html

import { createHash, timingSafeEqual } from 'node:crypto';

export const ORIGIN_SECRET_HEADER = 'x-tickcast-origin-secret';

/** Takes as long for a near miss as for a far one. @param expected undefined when no secret is asked for */
export function hasOriginSecret(given: string | undefined, expected: string | undefined): boolean {
  // Digests, because what is compared must be of one length, and the length is nobody's business.
  return expected === undefined || timingSafeEqual(digest(given ?? ''), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
