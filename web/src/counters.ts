// Shows the counters of ticks and connections.

import { element, write } from './dom.ts';
import type { Part, View } from './view.ts';

export class Counters implements Part {
  readonly #ticks = element('ticks');
  readonly #missed = element('missed');
  readonly #doubled = element('doubled');
  readonly #reconnects = element('reconnects');
  readonly #renewals = element('renewals');

  show({ client }: View): void {
    write(this.#ticks, String(client.received));
    write(this.#missed, String(client.missed));
    write(this.#doubled, String(client.doubled));
    write(this.#reconnects, String(client.reconnects));
    write(this.#renewals, String(client.renewals));
  }
}
