// Raw requests to the @connections API, with the headers and the signature that the AWS SDK for JavaScript sends.

import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import { Sha256 } from './sha256.ts';

/** @param endpoint URL of the stage
 *  @returns a function that creates the bytes of a request; its argument is the path below the stage, as it is on the
 *  request line */
export function postSigner(endpoint: string): (path: string, body: string, method?: string) => Promise<Buffer> {
  const { protocol, host, hostname, port, pathname } = new URL(endpoint);
  const signer = new SignatureV4({ credentials: CREDENTIALS, region: REGION, service: 'execute-api', sha256: Sha256 });
  return async (pathBelow, body, method = 'POST') => {
    const path = pathname + pathBelow;
    const unsigned = {
      'content-type': 'application/octet-stream',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-user-agent': 'aws-sdk-js/3.1169.0',
      'user-agent':
        'aws-sdk-js/3.1169.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#24.0.0 api/apigatewaymanagementapi#3.1169.0',
      host,
      'amz-sdk-invocation-id': crypto.randomUUID(),
      'amz-sdk-request': 'attempt=1; max=1',
    };
    const request = {
      method,
      path,
      query: {},
      protocol,
      hostname,
      port: Number(port),
      headers: unsigned,
      body,
    };
    const { headers } = await signer.sign(request);
    const lines = Object.entries({ ...headers, connection: 'keep-alive' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  };
}
