// How esbuild makes one file of a function. Apart from the construct, so that the bench bundles alike without the CDK.

export const BUNDLING = {
  mainFields: ['module', 'main'],
  target: 'node24',
  minify: true,
  // The ways to credentials that a function never goes: it has its own in the environment, which the SDK tries first. They
  // are a third of the bundle, and Lambda's own copy of the SDK has them.
  externalModules: [
    '@aws-sdk/credential-provider-http',
    '@aws-sdk/credential-provider-ini',
    '@aws-sdk/credential-provider-login',
    '@aws-sdk/credential-provider-process',
    '@aws-sdk/credential-provider-sso',
    '@aws-sdk/credential-provider-web-identity',
    '@aws-sdk/nested-clients',
    '@smithy/credential-provider-imds',
  ],
};
