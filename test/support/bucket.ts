// The part of S3 that an upload needs, over HTTP: PUT, DELETE and a listing with two keys per page. It also accepts
// the responses of custom resources to CloudFormation.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  readonly modifiedMillis: number;
}

export interface TestBucket {
  /** Endpoint for the SDK. With `/answer` appended, the response URL for CloudFormation. */
  readonly endpoint: string;
  readonly objects: Map<string, StoredObject>;
  /** Method and key of each change, in order. */
  readonly changes: string[];
  readonly answers: { readonly body: Record<string, string>; readonly contentType: string | undefined }[];
  /** While true, every change is refused. */
  isForbidden: boolean;
  dispose(): Promise<void>;
}

export async function startBucket(name: string): Promise<TestBucket> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', 'http://bucket');
    const { 'content-type': contentType, 'cache-control': cacheControl } = request.headers;
    const key = decodeURIComponent(url.pathname.slice(`/${name}/`.length));
    if (url.pathname === '/answer') {
      bucket.answers.push({ body: JSON.parse(body.toString()), contentType });
      return response.end();
    }
    if (!`${url.pathname}/`.startsWith(`/${name}/`)) return response.writeHead(404).end();
    if (request.method === 'GET') return response.end(listing(bucket.objects, url.searchParams));
    if (bucket.isForbidden) return response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    bucket.changes.push(`${request.method} ${key}`);
    if (request.method === 'PUT')
      bucket.objects.set(key, { body, contentType, cacheControl, modifiedMillis: Date.now() });
    if (request.method === 'DELETE') bucket.objects.delete(key);
    return response.writeHead(request.method === 'PUT' ? 200 : 204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bucket: TestBucket = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    changes: [],
    answers: [],
    isForbidden: false,
    async dispose() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return bucket;
}

function listing(objects: ReadonlyMap<string, StoredObject>, query: URLSearchParams): string {
  const keys = [...objects.keys()].sort();
  const after = query.get('continuation-token') ?? '';
  const page = keys.filter((key) => key > after).slice(0, 2);
  const last = page.at(-1) ?? '';
  const isTruncated = keys.some((key) => key > last) && page.length > 0;
  const next = isTruncated ? `<NextContinuationToken>${last}</NextContinuationToken>` : '';
  const modified = (key: string) => new Date(objects.get(key)?.modifiedMillis ?? 0).toISOString();
  const contents = page
    .map((key) => `<Contents><Key>${key}</Key><LastModified>${modified(key)}</LastModified></Contents>`)
    .join('');
  return `<ListBucketResult>${contents}<IsTruncated>${isTruncated}</IsTruncated>${next}</ListBucketResult>`;
}
