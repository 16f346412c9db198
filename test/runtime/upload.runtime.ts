// The synthesized function that uploads the page, on AWS's Lambda runtime client, with the custom resource of the
// template. `.ci/on-lambda-runtime` runs it.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { startBucket } from '../support/bucket.ts';
import { only } from '../support/stack.ts';
import { type Deployment, synthesizeDeployment } from './deployed-functions.ts';
import { resolveIntrinsics } from './intrinsics.ts';
import { RuntimeEnvironment } from './runtime-environment.ts';

const RETURNED = { kind: 'returned', value: null };

describe('the upload of the page on the runtime client of AWS', () => {
  let deployment: Deployment;
  before(async () => {
    deployment = await synthesizeDeployment();
  });
  after(() => deployment.dispose());

  async function prepare(t: TestContext) {
    const [logicalId, { Properties }] = only('Custom::TickcastPage', deployment.template);
    const [bucketId] = only('AWS::S3::Bucket', deployment.template);
    const bucket = await startBucket('page-bucket');
    t.after(() => bucket.dispose());
    const fn = await deployment.unpack('SitePageUpload');
    const environment = await RuntimeEnvironment.start(fn, { AWS_ENDPOINT_URL_S3: bucket.endpoint });
    t.after(() => environment.dispose());
    const request = (RequestType: string, ResponseURL = `${bucket.endpoint}/answer`) =>
      environment.invoke({
        RequestType,
        ResponseURL,
        StackId: 'the-stack',
        RequestId: 'the-request',
        LogicalResourceId: logicalId,
        ResourceType: 'Custom::TickcastPage',
        ResourceProperties: resolveIntrinsics(Properties, { [bucketId]: 'page-bucket' }),
      });
    return { bucket, environment, request, lastStatus: () => bucket.answers.at(-1)?.body.Status };
  }

  it('creates, updates and deletes the page, within its memory', async (t) => {
    const { bucket, environment, request, lastStatus } = await prepare(t);

    assert.deepEqual(await request('Create'), RETURNED);
    assert.equal(lastStatus(), 'SUCCESS');
    assert.equal(bucket.changes.at(-1), 'PUT index.html');
    const keys = [...bucket.objects.keys()].sort();
    assert.ok(keys.length > 2, keys.join(', '));

    assert.deepEqual(await request('Update'), RETURNED);
    assert.equal(lastStatus(), 'SUCCESS');
    assert.deepEqual([...bucket.objects.keys()].sort(), keys);

    assert.deepEqual(await request('Delete'), RETURNED);
    assert.equal(lastStatus(), 'SUCCESS');
    assert.equal(bucket.objects.size, 0);

    const { fn, peakMegabytes } = environment;
    t.diagnostic(`page-upload: ${peakMegabytes ?? 'unknown'} of ${fn.memoryMegabytes} MB at its peak`);
    if (peakMegabytes !== undefined) assert.ok(peakMegabytes < fn.memoryMegabytes);
  });

  it('reports to CloudFormation that the bucket refuses the page', async (t) => {
    const { bucket, request } = await prepare(t);
    bucket.isForbidden = true;

    assert.deepEqual(await request('Create'), RETURNED);

    const [{ body } = assert.fail('no answer')] = bucket.answers;
    assert.equal(body.Status, 'FAILED');
    assert.match(
      String(body.Reason),
      /^could not update the bucket: AccessDenied; see \d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
    );
  });

  it('reports to CloudFormation that its package has no page', async (t) => {
    const { bucket, environment, request, lastStatus } = await prepare(t);
    await rm(join(environment.fn.folder, 'page'), { recursive: true });

    assert.deepEqual(await request('Update'), RETURNED);

    assert.equal(lastStatus(), 'FAILED');
    assert.deepEqual(bucket.changes, []);
  });

  it('fails if CloudFormation refuses its answer, so that Lambda retries', async (t) => {
    const { bucket, request } = await prepare(t);

    const outcome = await request('Create', `${bucket.endpoint}/nowhere`);

    assert.ok(outcome.kind === 'threw');
    assert.equal(JSON.parse(outcome.error).errorMessage, 'CloudFormation answered 404');
  });
});
