// Which ticks are new, and how many are missing. Sequences are the server's own, so the count goes on across
// connections.

/** `late`: overtaken by a later one; `double`: had on this connection; `overlap`: had on another, as while the client
 *  changes over; `old`: too far back to tell. Only `new` and `late` are to be shown. */
export type TickVerdict = 'new' | 'late' | 'double' | 'overlap' | 'old';

/** Sequences that are remembered. */
const MEMORY = 64;

/** So many old ticks and no other between them: the server's clock was wrong and has been set back. */
const OLD_IN_A_ROW = 3;

export class TickCounter {
  /** Ticks that were `new` or `late`. */
  received = 0;
  /** Sequences between the first and the last that have not come. */
  missed = 0;
  /** Ticks that came again on one connection. */
  doubled = 0;
  #intervalMillis = 0;
  #first = 0;
  #last = 0;
  #oldInARow = 0;
  #isAfterGap = false;
  /** By sequence, the connections it came on. */
  readonly #seen = new Map<number, object[]>();

  /** Ticks between the last one and the next one do not count as missed. */
  skipGap(): void {
    this.#isAfterGap = true;
  }

  /** @param connection stands for the connection it came on */
  take(sequence: number, intervalMillis: number, connection: object): TickVerdict {
    const isOld = sequence <= this.#last - MEMORY && intervalMillis === this.#intervalMillis;
    this.#oldInARow = isOld ? this.#oldInARow + 1 : 0;
    // Another interval numbers anew.
    if (intervalMillis !== this.#intervalMillis || this.#oldInARow === OLD_IN_A_ROW)
      this.#beginWith(sequence, intervalMillis);
    const connections = this.#seen.get(sequence);
    if (connections !== undefined) return this.#again(connections, connection);
    if (sequence <= this.#last - MEMORY) return 'old';
    this.received++;
    this.#seen.set(sequence, [connection]);
    if (sequence < this.#last) {
      if (sequence > this.#first) this.missed--;
      return 'late';
    }
    if (this.#isAfterGap) this.#first = sequence;
    else this.missed += sequence - this.#last - 1;
    this.#isAfterGap = false;
    this.#last = sequence;
    for (const old of this.#seen.keys()) if (old <= sequence - MEMORY) this.#seen.delete(old);
    return 'new';
  }

  #beginWith(sequence: number, intervalMillis: number): void {
    this.#intervalMillis = intervalMillis;
    this.#first = sequence;
    this.#last = sequence - 1;
    this.#oldInARow = 0;
    this.#seen.clear();
  }

  #again(connections: object[], connection: object): TickVerdict {
    if (connections.includes(connection)) {
      this.doubled++;
      return 'double';
    }
    connections.push(connection);
    return 'overlap';
  }
}
