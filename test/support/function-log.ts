// What the functions of a local platform log.

export class FunctionLog {
  readonly #texts: string[] = [];

  /** For `startLocal`. */
  readonly output = (text: string): void => {
    this.#texts.push(text);
  };

  /** @returns the entries with that message */
  entries(message: string): Record<string, unknown>[] {
    const lines = this.#texts.join('').split('\n');
    return lines.filter((line) => line.includes(`"message":"${message}"`)).map((line) => JSON.parse(line));
  }

  /** Ticks of which the server says itself that nobody got them: where the machine leaves it no time, it sends none late. */
  get missedTicks(): number {
    return this.entries('missed ticks').reduce((sum, { count }) => sum + Number(count), 0);
  }
}
