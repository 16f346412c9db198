// Finds the address of a viewer behind a proxy. The viewer itself can write the first entries of `X-Forwarded-For`,
// so only the last ones count: the proxy appends the viewer's address, and API Gateway may append the proxy's.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html

/** @param forwardedFor the `X-Forwarded-For` header, such as `forged, 203.0.113.7, 130.176.0.1`
 *  @param sourceAddress address of the TCP connection to API Gateway, which is the proxy's
 *  @returns the last address before the proxy's; the proxy's address if there is no other */
export function viewerAddress(forwardedFor: string | undefined, sourceAddress: string): string {
  const addresses = (forwardedFor ?? '').split(',').map((address) => address.trim());
  // Unconfirmed: whether API Gateway appends the address for WebSockets. The address that CloudFront appends never
  // equals the source address.
  if (addresses.at(-1) === sourceAddress) addresses.pop();
  return addresses.at(-1) || sourceAddress;
}
