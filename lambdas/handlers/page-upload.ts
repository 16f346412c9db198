// Uploads the page that is packed with this function to the bucket, when CloudFormation creates or updates the
// resource. Empties the bucket when CloudFormation deletes it.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { withSockets } from '../../protocol/page-sockets.ts';
import { cacheControl, contentType } from '../../protocol/response-headers.ts';

export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** URL for the result, for which CloudFormation waits. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceProperties: {
    readonly Bucket: string;
    /** URLs of the page's sockets; absent when its only socket is on its own site. */
    readonly Sockets?: readonly string[];
  };
}

/** The file that every release has. It is uploaded after the files to which it refers. */
const PAGE = 'index.html';

/** The function's timeout: an upload cannot take longer. */
const LONGEST_UPLOAD_MILLIS = 60_000;

const client = new S3Client({});

/** Reports failures to CloudFormation too. Without an answer CloudFormation would wait until the resource's timeout. */
export async function handler(event: ResourceEvent, context: { readonly logStreamName?: string }): Promise<void> {
  const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties } = event;
  const { Bucket, Sockets } = ResourceProperties;
  let outcome: { readonly Status: 'SUCCESS' | 'FAILED'; readonly Reason?: string } = { Status: 'SUCCESS' };
  try {
    const before = await list(Bucket);
    const folder = join(process.env.LAMBDA_TASK_ROOT ?? '', 'page');
    const keys = RequestType === 'Delete' ? [] : await upload(folder, Bucket, Sockets);
    await remove(RequestType === 'Delete' ? [...before.keys()] : outdated(before, new Set(keys)), Bucket);
    console.log(JSON.stringify({ message: 'updated the bucket', RequestType, keys }));
  } catch (error) {
    console.error(error);
    const log = context.logStreamName ?? 'the function’s log';
    outcome = { Status: 'FAILED', Reason: `could not update the bucket: ${(error as Error).name}; see ${log}` };
  }
  const answer = { ...outcome, PhysicalResourceId: Bucket, StackId, RequestId, LogicalResourceId };
  // The signature of the URL requires an empty content type.
  const response = await fetch(ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: JSON.stringify(answer),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status}`);
}

/** Uploads HTML files last, so that browsers that load the new page find its scripts and styles.
 *  @returns the keys */
async function upload(folder: string, bucket: string, sockets?: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const keys = paths.map((path) => relative(folder, path).split(sep).join('/'));
  const isPage = (key: string) => key.endsWith('.html');
  const uploadOrder = [...keys.filter((key) => !isPage(key)), ...keys.filter(isPage)];
  if (!keys.some(isPage)) throw new Error(`${folder} has no HTML file`);
  for (const key of uploadOrder) {
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
  return uploadOrder;
}

/** @returns the time of the last write by key, as Unix time in milliseconds */
async function list(bucket: string): Promise<Map<string, number>> {
  const keys = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key, LastModified } of Contents) if (Key !== undefined) keys.set(Key, LastModified?.getTime() ?? 0);
  }
  return keys;
}

/** @returns the keys of files that are older than the release that is being replaced. The files of that release stay,
 *  because browsers that have just loaded its page still request them. */
function outdated(before: ReadonlyMap<string, number>, keys: ReadonlySet<string>): string[] {
  const sinceMillis = (before.get(PAGE) ?? 0) - LONGEST_UPLOAD_MILLIS;
  return [...before].filter(([key, millis]) => !keys.has(key) && millis < sinceMillis).map(([key]) => key);
}

async function remove(keys: readonly string[], bucket: string): Promise<void> {
  for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}
