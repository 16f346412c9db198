import { deployClock } from '../test/localstack/deploy.ts';

process.exitCode = await deployClock(process.argv.slice(2));
