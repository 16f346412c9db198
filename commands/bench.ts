import '../test/bench/main.ts';
