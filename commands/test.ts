import '../test/run.ts';
