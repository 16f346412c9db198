// Starts a runner by an asynchronous invocation of the broadcast function. By hand with the SDK's signer, which the table's
// client brings along: Lambda's client would lengthen every cold start of `$connect` by a fifth for a call that is seldom made.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Waker } from '../domain/ports.ts';
import type { BroadcastEvent } from '../events.ts';

const TIMEOUT_MILLIS = 2_000;

export interface LambdaWakerOptions {
  /** Of Lambda: `https://lambda.{region}.amazonaws.com` */
  readonly endpoint: string;
  /** Name or ARN of the broadcast function. */
  readonly functionName: string;
  readonly event: BroadcastEvent;
}

/** @param client whose region and credentials are used */
export function makeLambdaWaker(client: DynamoDBDocumentClient, options: LambdaWakerOptions): Waker {
  const { region, credentials, sha256 } = client.config;
  const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256 });
  return {
    async wake() {
      const { protocol, host, hostname, port } = new URL(options.endpoint);
      const path = `/2015-03-31/functions/${encodeURIComponent(options.functionName)}/invocations`;
      const body = JSON.stringify(options.event);
      const headers = { host, 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' };
      const portPart = port === '' ? {} : { port: Number(port) };
      const request = { method: 'POST', protocol, hostname, ...portPart, path, query: {}, headers, body };
      const signed = await signer.sign(request);
      const signal = AbortSignal.timeout(TIMEOUT_MILLIS);
      const response = await fetch(options.endpoint + path, { method: 'POST', headers: signed.headers, body, signal });
      if (response.status !== 202) {
        throw new Error(`Lambda answered ${response.status} to an invocation: ${await response.text()}`);
      }
    },
  };
}
