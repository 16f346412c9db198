import '../test/bench/endurance/main.ts';
