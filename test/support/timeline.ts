// True time in a simulation. Planned callbacks run in order of their time and without promises, so that an hour takes
// milliseconds.

interface Plan {
  readonly atMillis: number;
  readonly order: number;
  run(): void;
}

export class Timeline {
  nowMillis: number;
  /** A binary heap. */
  readonly #plans: Plan[] = [];
  #order = 0;

  constructor(startMillis: number) {
    this.nowMillis = startMillis;
  }

  /** @returns a function that cancels the callback */
  plan(atMillis: number, run: () => void): () => void {
    let isWanted = true;
    this.#push({ atMillis: Math.max(atMillis, this.nowMillis), order: this.#order++, run: () => isWanted && run() });
    return () => {
      isWanted = false;
    };
  }

  after(millis: number, run: () => void): () => void {
    return this.plan(this.nowMillis + millis, run);
  }

  /** @throws Error if callbacks plan further ones again and again while time does not advance */
  advanceTo(atMillis: number): void {
    let plansOfMoment = 0;
    for (let beforeMillis = this.nowMillis; this.runNext(atMillis); beforeMillis = this.nowMillis) {
      plansOfMoment = this.nowMillis > beforeMillis ? 0 : plansOfMoment + 1;
      if (plansOfMoment > 100_000) throw new Error(`time stands still at ${this.nowMillis}`);
    }
    this.nowMillis = Math.max(this.nowMillis, atMillis);
  }

  /** Runs the next callback if it is due by this time. @returns whether it was due */
  runNext(untilMillis: number): boolean {
    const [next] = this.#plans;
    if (next === undefined || next.atMillis > untilMillis) return false;
    this.#pop();
    this.nowMillis = Math.max(this.nowMillis, next.atMillis);
    next.run();
    return true;
  }

  advance(millis: number): void {
    this.advanceTo(this.nowMillis + millis);
  }

  #push(plan: Plan): void {
    const plans = this.#plans;
    let place = plans.push(plan) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(plan, plans[parent] as Plan)) break;
      plans[place] = plans[parent] as Plan;
      place = parent;
    }
    plans[place] = plan;
  }

  #pop(): void {
    const plans = this.#plans;
    const last = plans.pop() as Plan;
    if (plans.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= plans.length) break;
      if (child + 1 < plans.length && isBefore(plans[child + 1] as Plan, plans[child] as Plan)) child++;
      if (!isBefore(plans[child] as Plan, last)) break;
      plans[place] = plans[child] as Plan;
      place = child;
    }
    plans[place] = last;
  }
}

function isBefore(one: Plan, other: Plan): boolean {
  return one.atMillis - other.atMillis < 0 || (one.atMillis === other.atMillis && one.order < other.order);
}

/** Returns numbers from 0 up to 1 that a seed determines (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
