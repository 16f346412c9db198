import '../test/simulation/main.ts';
