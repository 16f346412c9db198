import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeApp } from '../../lib/app.ts';
import { propsOfContext } from '../../lib/context.ts';

const read = (context: Record<string, unknown>) => {
  const { interval, ...props } = propsOfContext(makeApp(context));
  return { ...props, ...(interval && { intervalSeconds: interval.toSeconds() }) };
};

describe('the context', () => {
  it('leaves what it does not set to the stack', () => assert.deepEqual(read({}), {}));

  it('is read as text, as -c gives it', () => {
    const context = {
      interval: '5',
      maxViewers: '1000',
      maxViewersPerAddress: '20',
      shards: '2',
      allowedOrigins: 'https://a.example, http://localhost:8888',
      requireOrigin: 'true',
      refuseWrongClock: 'false',
      site: 'false',
      webAclArn: 'arn:of:acl',
      alarmTopicArn: 'arn:of:topic',
      domainName: 'clock.example.com',
      certificateArn: 'arn:of:certificate',
      hostedZoneId: 'Z123',
      originSecret: 'false',
      broadcastMemorySize: '1769',
      handlerMemorySize: '512',
      logRetention: '7',
    };

    assert.deepEqual(read(context), {
      intervalSeconds: 5,
      maxViewers: 1_000,
      maxViewersPerAddress: 20,
      shards: 2,
      allowedOrigins: ['https://a.example', 'http://localhost:8888'],
      requireOrigin: true,
      refuseWrongClock: false,
      site: false,
      webAclArn: 'arn:of:acl',
      alarmTopicArn: 'arn:of:topic',
      domain: { domainName: 'clock.example.com', certificateArn: 'arn:of:certificate', hostedZoneId: 'Z123' },
      originSecret: false,
      broadcastMemorySize: 1_769,
      handlerMemorySize: 512,
      logRetention: 7,
    });
  });

  it('is read as JSON, as cdk.json gives it', () => {
    assert.deepEqual(read({ interval: 10, site: false }), { intervalSeconds: 10, site: false });
  });

  const wrong: [Record<string, unknown>, string][] = [
    [{ interval: '1.5' }, '-c interval must be a whole number of seconds from 1 to 60, got "1.5"'],
    [{ maxViewers: 'many' }, '-c maxViewers must be a whole number from 1 to 1000000, got "many"'],
    [{ shards: '5' }, '-c shards must be one of 1, 2, 4, 8, 16, got "5"'],
    [{ site: 'no' }, '-c site must be true or false, got "no"'],
    [
      { allowedOrigins: '*' },
      '-c allowedOrigins must be origins such as https://clock.example, comma-separated, got "*"',
    ],
    [{ domainName: 'clock.example.com' }, '-c domainName and -c certificateArn go together, got one of them'],
    [{ refuseWrongClock: '0' }, '-c refuseWrongClock must be true or false, got "0"'],
    [{ originSecret: 'none' }, '-c originSecret must be true or false, got "none"'],
    [
      { broadcastMemorySize: '1GB' },
      '-c broadcastMemorySize must be a whole number of MiB from 128 to 10240, got "1GB"',
    ],
    [{ handlerMemorySize: '64' }, '-c handlerMemorySize must be a whole number of MiB from 128 to 10240, got "64"'],
    ...['2', '9999'].map((logRetention): [Record<string, unknown>, string] => [
      { logRetention },
      `-c logRetention must be a number of days that CloudWatch knows, such as 1, 7, 30 or 365, got "${logRetention}"`,
    ]),
  ];
  for (const [context, message] of wrong) {
    it(`refuses ${JSON.stringify(context)}`, () => assert.throws(() => read(context), { message }));
  }
});
