// The secret that shows `$connect` that a handshake came through CloudFront. CloudFront adds the header to every
// request that it forwards, and replaces a header of this name from the viewer.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html

import { createHash, timingSafeEqual } from 'node:crypto';

export const ORIGIN_SECRET_HEADER = 'x-tickcast-origin-secret';

/** Compares in constant time, so the duration shows nothing about the secret.
 *  @param expected undefined when no secret is required */
export function hasOriginSecret(given: string | undefined, expected: string | undefined): boolean {
  // Compares digests: `timingSafeEqual` requires equal lengths, and the length of the secret must stay hidden.
  return expected === undefined || timingSafeEqual(digest(given ?? ''), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
