import { destroyClock } from '../test/localstack/deploy.ts';

process.exitCode = await destroyClock(process.argv.slice(2));
