// Where a viewer is who came through a proxy. `X-Forwarded-For` begins with whatever the viewer wrote there itself,
// so it is read from its end: the proxy has added the viewer, and API Gateway the proxy.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html

/** @param forwardedFor the `X-Forwarded-For` header, such as `forged, 203.0.113.7, 130.176.0.1`
 *  @param sourceAddress whose TCP connection API Gateway took: the proxy's
 *  @returns the last address before the proxy's; the proxy's own when there is no other */
export function viewerAddress(forwardedFor: string | undefined, sourceAddress: string): string {
  const addresses = (forwardedFor ?? '').split(',').map((address) => address.trim());
  // That API Gateway adds it for WebSockets is unconfirmed. CloudFront's own addition never equals it.
  if (addresses.at(-1) === sourceAddress) addresses.pop();
  return addresses.at(-1) || sourceAddress;
}
