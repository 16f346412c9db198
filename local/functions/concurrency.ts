// A number of places that functions share, such as the concurrency of an account: each invocation that runs or waits
// takes a place, and Lambda throttles further ones.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html

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

  /** Takes a place, to be returned with {@link release}. @returns false if no place was free */
  take(): boolean {
    if (this.#inUse >= this.#limit) return false;
    this.#inUse++;
    return true;
  }

  release(): void {
    this.#inUse--;
  }
}
