// Requests to the local SQS over HTTP, signed by the signer of the AWS SDKs.

import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { Sha256 } from '../../support/sha256.ts';

export interface QueueAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of its answers
  readonly body: any;
}

export interface RequestChanges {
  readonly headers?: Readonly<Record<string, string>>;
  readonly service?: string;
  readonly secretAccessKey?: string;
}

/** @param input a string is sent unchanged */
export async function callQueue(
  queueUrl: string,
  operation: string,
  input: object | string,
  { headers: changed = {}, service = 'sqs', secretAccessKey = CREDENTIALS.secretAccessKey }: RequestChanges = {},
): Promise<QueueAnswer> {
  const { protocol, origin, host, hostname, port } = new URL(queueUrl);
  const credentials = { ...CREDENTIALS, secretAccessKey };
  const signer = new SignatureV4({ credentials, region: REGION, service, sha256: Sha256 });
  const body = typeof input === 'string' ? input : JSON.stringify(input);
  const headers = {
    host,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${operation}`,
    ...changed,
  };
  const request = { method: 'POST', protocol, hostname, port: Number(port), path: '/', query: {}, headers, body };
  const signed = await signer.sign(request);
  const response = await fetch(origin, { method: 'POST', headers: signed.headers, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export interface Entry {
  readonly Id?: string;
  readonly MessageBody?: string;
  readonly DelaySeconds?: unknown;
}

export function sendBatch(
  queueUrl: string,
  entries: readonly Entry[],
  changes: RequestChanges = {},
): Promise<QueueAnswer> {
  return callQueue(queueUrl, 'SendMessageBatch', { QueueUrl: queueUrl, Entries: entries }, changes);
}
