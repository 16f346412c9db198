// A number of places that functions share. The concurrency of an account is one: the invocations of all functions that run
// or wait take a place each, and beyond it Lambda throttles. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html

/** Lambda's default quota. New accounts have 10 or 50. */
export const DEFAULT_CONCURRENCY = 1_000;

export class Concurrency {
  readonly #limit: number;
  #inUse = 0;

  /** @param limit from 1 */
  constructor(limit = DEFAULT_CONCURRENCY) {
    if (!(Number.isInteger(limit) && limit >= 1)) {
      throw new RangeError(`the account's concurrency must be a whole number from 1, got ${limit}`);
    }
    this.#limit = limit;
  }

  /** @returns whether there was a place; give it back with {@link release} */
  take(): boolean {
    if (this.#inUse >= this.#limit) return false;
    this.#inUse++;
    return true;
  }

  release(): void {
    this.#inUse--;
  }
}
