// The commands that deploy and remove the stack, used as a person would.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { launchBrowser } from '../support/browser.ts';
import { runCommand } from '../support/command.ts';
import { CLOCK_APP, clockContext } from './deploy.ts';
import { cloudFormation } from './deployed-clock.ts';
import { appOptions, ENVIRONMENT, identify } from './emulator.ts';

/** Not the name of clock.localstack.ts, because both stacks exist in one account. */
const STACK = 'Tickcast-for-a-browser';

const emulator = await identify();

describe(`npm run deploy:localstack on ${emulator.name}`, () => {
  let printed: string;
  before(async () => {
    const { code, stdout, stderr } = await runCommand('deploy-localstack', [`stackName=${STACK}`], ENVIRONMENT);
    assert.equal(code, 0, stderr);
    printed = stdout;
  });
  after(() => runCommand('destroy-localstack', [`stackName=${STACK}`], ENVIRONMENT));

  it('prints a URL of a page that ticks in a browser', async (t) => {
    const url = printed.trim().split(' ').at(-1) ?? '';
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, locale: 'en-US', timezoneId: 'UTC' });
    await page.goto(url);

    await page.waitForFunction("document.getElementById('ticks').textContent >= 3");

    assert.equal(await page.textContent('#state'), 'Live');
    assert.equal(await page.textContent('#missed'), '0');
  });

  it('can be followed by npm run deploy, which shows the difference first', async () => {
    const context = clockContext(emulator, { stackName: STACK, maxViewers: '300' });
    const { code, stdout, stderr } = await runCommand(
      'deploy',
      [...appOptions(CLOCK_APP, context), '--require-approval', 'never'],
      {
        ...ENVIRONMENT,
        NO_COLOR: '1',
      },
    );

    assert.equal(code, 0, stderr);
    const output = stdout + stderr;
    const difference = output.search(/MAX_VIEWERS:\s+├─ \[-\] 100\s+└─ \[\+\] 300/);
    assert.ok(difference >= 0 && difference < output.indexOf('UPDATE_IN_PROGRESS'), output);
  });

  it('refuses an argument that is not a setting', async () => {
    const { code, stderr } = await runCommand('deploy-localstack', ['interval'], ENVIRONMENT);

    assert.equal(code, 1);
    assert.match(stderr, /arguments must be <name>=<value>, such as interval=5, got "interval"/);
  });
});

describe(`npm run destroy:localstack on ${emulator.name}`, () => {
  it('has removed the stack', async () => {
    const describeStack = cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));

    await assert.rejects(describeStack, /does not exist/);
  });
});
