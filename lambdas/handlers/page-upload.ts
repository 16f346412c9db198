// Makes the bucket hold the page that came with this function, when CloudFormation creates, updates or deletes it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { withSockets } from '../../protocol/page-sockets.ts';
import { cacheControl, contentType } from '../../protocol/response-headers.ts';

export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Where CloudFormation waits for the outcome. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceProperties: {
    readonly Bucket: string;
    /** URLs of the page's sockets, when there are others than the one beside the page. */
    readonly Sockets?: readonly string[];
  };
}

/** Of every release, and the last of it that is written. */
const PAGE = 'index.html';

/** The function's timeout. */
const LONGEST_UPLOAD_MILLIS = 60_000;

const client = new S3Client({});

/** Always answers CloudFormation, which would wait for the resource's whole timeout otherwise. */
export async function handler(event: ResourceEvent, context: { readonly logStreamName?: string }): Promise<void> {
  const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties } = event;
  const { Bucket, Sockets } = ResourceProperties;
  let outcome: { readonly Status: 'SUCCESS' | 'FAILED'; readonly Reason?: string } = { Status: 'SUCCESS' };
  try {
    const before = await list(Bucket);
    const folder = join(process.env.LAMBDA_TASK_ROOT ?? '', 'page');
    const keys = RequestType === 'Delete' ? [] : await upload(folder, Bucket, Sockets);
    await remove(RequestType === 'Delete' ? [...before.keys()] : outdated(before, new Set(keys)), Bucket);
    console.log(JSON.stringify({ message: 'the bucket holds the page', RequestType, keys }));
  } catch (error) {
    console.error(error);
    const log = context.logStreamName ?? 'the function’s log';
    outcome = { Status: 'FAILED', Reason: `${(error as Error).name} for the page; see ${log}` };
  }
  const answer = { ...outcome, PhysicalResourceId: Bucket, StackId, RequestId, LogicalResourceId };
  // Its signature is for a request without a type.
  const response = await fetch(ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: JSON.stringify(answer),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status}`);
}

/** The page itself comes last: whoever gets the new one finds what it names. @returns the keys */
async function upload(folder: string, bucket: string, sockets?: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const keys = paths.map((path) => relative(folder, path).split(sep).join('/'));
  const isPage = (key: string) => key.endsWith('.html');
  const inOrder = [...keys.filter((key) => !isPage(key)), ...keys.filter(isPage)];
  if (!keys.some(isPage)) throw new Error(`there is no page in ${folder}`);
  for (const key of inOrder) {
    const content = await readFile(join(folder, key));
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: key === PAGE && sockets !== undefined ? withSockets(content.toString(), sockets) : content,
      ContentType: contentType(key),
      CacheControl: cacheControl(key),
    });
    await client.send(command);
  }
  return inOrder;
}

/** @returns when each key was last written; epoch milliseconds */
async function list(bucket: string): Promise<Map<string, number>> {
  const keys = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key, LastModified } of Contents) if (Key !== undefined) keys.set(Key, LastModified?.getTime() ?? 0);
  }
  return keys;
}

/** What was old already when the page came that is replaced now. What came with that page stays: who has just loaded it asks for
 *  its script a moment later. */
function outdated(before: ReadonlyMap<string, number>, keys: ReadonlySet<string>): string[] {
  const sinceMillis = (before.get(PAGE) ?? 0) - LONGEST_UPLOAD_MILLIS;
  return [...before].filter(([key, millis]) => !keys.has(key) && millis < sinceMillis).map(([key]) => key);
}

async function remove(keys: readonly string[], bucket: string): Promise<void> {
  for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}
