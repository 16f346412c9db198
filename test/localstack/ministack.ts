// The differences of MiniStack 1.5.33 from AWS, by case of the conformance suite, which has found them.

/** Resource types that the emulator's CloudFormation does not know. */
export const UNKNOWN_TYPES: readonly string[] = ['AWS::ApiGatewayV2::RouteResponse'];

/** Tests of the stack that cannot run on it. */
export const NOT_SHOWN: Readonly<Record<string, string>> = {
  'answers by a route response only': 'its CloudFormation does not know the resource, and it sends every body',
  'serves the page through CloudFront':
    'it takes its own fetch from the bucket for unencrypted, which the bucket denies',
  'passes the WebSocket through CloudFront': 'refuses the handshake with 403',
};

export const LACKS: Readonly<Record<string, string>> = {
  'A POST before that gets 410': 'takes the POST',
  '`$connect` answers other than 2xx: that status is the handshake’s': 'every refusal is 403',
  '`$connect` throws: 502': 'every refusal is 403',
  'A sub-protocol is agreed only when `$connect` names it': 'agrees on none',
  'CONNECT: keys present and absent, header case, `multiValueHeaders`, no `Connection` or `Upgrade`, no `body`':
    'has a body and no stage variables',
  'MESSAGE: context with `messageId`, body, `isBase64Encoded`, nothing else': 'has no stage variables',
  'DISCONNECT: four headers, `disconnectStatusCode`, `disconnectReason`': 'has no headers',
  '`connectedAt` is constant over a connection': 'it is the time of the event',
  'Pairs of code and reason: 1005 with its text, 1001 with an empty one from a browser, 1000 after DELETE':
    'always 1006 and nothing',
  'Ids: 16 characters, URL-safe base64 of 11 bytes, ending in `=`': '16 hexadecimal digits, and UUIDs',
  'Stage variables in the events': 'leaves them out',
  'URL of the handshake: at most 4,096 characters': 'any length',
  'The function throws: `Internal server error` frame, connection stays': 'sends the error of Lambda',
  'A plain GET of the stage, also with more path: 426': '200',
  'A malformed proxy answer: `Internal server error` frame, connection stays': 'sends nothing',
  'GET of a connection that came without User-Agent: `"userAgent":null`': 'names that AWS does not have',
  'Request date more than 5 minutes wrong: 403 `InvalidSignatureException`, `Signature expired: …`':
    'checks no signature',
  'The integration times out, after 29 s at most: `Endpoint request timed out` frame, connection stays':
    'waits for the function',
  'The function’s body goes back by the route response only': 'sends every body',
  'Binary frame: 1003': 'takes it',
  'Frame above 32 KB: 1009': 'takes it',
  'Message above 128 KB: 1009': 'takes it',
  'POST 200, empty body, sent unchanged as one text frame': 'has no `x-amz-apigw-id`',
  'GET 200 with `connectedAt`, `identity`, `lastActiveAt`': 'names that the SDK does not know',
  'Gone or unknown: 410, empty body, `x-amzn-errortype: GoneException`':
    'has a body, and takes a POST to a connection that has just ended',
  'Malformed id: 400 `Invalid connectionId: X`': '410',
  'Above 128 KB: 413 `PayloadTooLargeException`': 'takes it',
  'Wrong stage: 403 `Forbidden`': 'takes any stage',
  'Bad signature: 403; error types and texts': 'checks no signature',
  'The client’s buffer is full: 429': 'has no such limit',
};

/** Differences by case of the queue suite. */
export const QUEUE_LACKS: Readonly<Record<string, string>> = {
  'A delay beyond 900 s is refused, and the other messages of the batch are taken': 'takes it',
  'A wrong signature is refused with 403, and the answer has a `Date`': 'checks no signature',
};
