import '../test/localstack/deploy.ts';
