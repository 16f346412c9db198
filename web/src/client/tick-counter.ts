// Decides which ticks are new, and counts missing ones. The server numbers the ticks, so the count continues across
// connections.

/** The kind of a tick. Only `new` and `late` ticks are emitted.
 *
 *  - `late`: a later tick arrived before it.
 *  - `double`: it already arrived on this connection.
 *  - `overlap`: it already arrived on another connection, for example during a change of connections.
 *  - `old`: it is older than the remembered ticks. */
export type TickVerdict = 'new' | 'late' | 'double' | 'overlap' | 'old';

/** Number of sequences that are remembered. */
const MEMORY = 64;

/** This many `old` ticks in a row show that the server's clock was wrong and was set back. */
const OLD_IN_A_ROW = 3;

export class TickCounter {
  /** Number of ticks that were `new` or `late`. */
  received = 0;
  /** Number of sequences between the first and the last that did not arrive. */
  missed = 0;
  /** Number of ticks that arrived again on one connection. */
  doubled = 0;
  #intervalMillis = 0;
  #first = 0;
  #last = 0;
  #oldInARow = 0;
  #isAfterGap = false;
  /** The connections on which each sequence arrived. */
  readonly #seen = new Map<number, object[]>();

  /** Makes ticks between the last one and the next one not count as missed. */
  skipGap(): void {
    this.#isAfterGap = true;
  }

  /** @param connection identifies the connection on which the tick arrived */
  take(sequence: number, intervalMillis: number, connection: object): TickVerdict {
    const isOld = sequence <= this.#last - MEMORY && intervalMillis === this.#intervalMillis;
    this.#oldInARow = isOld ? this.#oldInARow + 1 : 0;
    // After a change of the interval the numbers start again.
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
