// Emulates one standard queue of Amazon SQS with a dead-letter queue, in memory. It uses the monotonic clock, so
// setting the wall clock does not change the delays of messages.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html

import { hash } from 'node:crypto';

export interface QueueTimes {
  /** Time for which a received message is hidden from further receives. */
  readonly visibilityMillis: number;
  /** Time for which a message is kept after it was sent. */
  readonly retentionMillis: number;
  /** A message that was received this often and not deleted moves to the dead-letter queue. */
  readonly maxReceives: number;
}

export interface QueueOptions extends QueueTimes {
  readonly name: string;
  /** @default - without lateness */
  readonly lateness?: Lateness;
  /** Called when a message moves to the dead-letter queue. */
  onDeadLetter?(message: Message): void;
}

/** Lateness of a message: milliseconds after its delay, one number for each copy. An empty list means that the message
 *  is lost. */
export type Lateness = (body: string) => readonly number[];

export const arrivesOnTime: Lateness = () => [0];

export interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** Unix time in milliseconds. */
  readonly sentAtMillis: number;
}

export interface ReceivedMessage extends Message {
  /** Deletes the message while it is hidden. */
  readonly receiptHandle: string;
  readonly receives: number;
  /** Unix time in milliseconds. */
  readonly firstReceivedAtMillis: number;
}

/** One copy of a message. */
interface Copy {
  readonly message: Message;
  /** Time of the monotonic clock. */
  readonly expiresMillis: number;
  receives: number;
  firstReceivedAtMillis: number;
}

/** Number of dead letters that are kept. */
const MAX_DEAD_LETTERS = 100;

type Wait = (message: ReceivedMessage | undefined) => void;

export class MessageQueue {
  readonly name: string;
  readonly #options: QueueOptions;
  readonly #visible: Copy[] = [];
  /** Hidden messages by receipt handle, each with the timer that makes it visible again. */
  readonly #hidden = new Map<string, NodeJS.Timeout>();
  /** Timers of messages that have not arrived yet. */
  readonly #delays = new Set<NodeJS.Timeout>();
  readonly #waiting: Wait[] = [];
  readonly #deadLetters: Message[] = [];
  #isDisposed = false;

  constructor(options: QueueOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get deadLetters(): readonly Message[] {
    return this.#deadLetters;
  }

  get visibilityMillis(): number {
    return this.#options.visibilityMillis;
  }

  send(body: string, delaySeconds: number): Message {
    const { lateness = arrivesOnTime, retentionMillis } = this.#options;
    const message = { messageId: crypto.randomUUID(), body, md5OfBody: hash('md5', body), sentAtMillis: Date.now() };
    const expiresMillis = performance.now() + retentionMillis;
    for (const lateMillis of this.#isDisposed ? [] : lateness(body)) {
      const copy = { message, expiresMillis, receives: 0, firstReceivedAtMillis: 0 };
      const timer = setTimeout(
        () => {
          this.#delays.delete(timer);
          this.#show(copy);
        },
        delaySeconds * 1000 + lateMillis,
      );
      this.#delays.add(timer);
    }
    return message;
  }

  /** Waits for a message and hides it. Takes the oldest one first. @returns undefined if the queue is disposed of */
  async receive(): Promise<ReceivedMessage | undefined> {
    if (this.#isDisposed) return undefined;
    for (let copy = this.#visible.shift(); copy !== undefined; copy = this.#visible.shift()) {
      if (!hasExpired(copy)) return this.#hide(copy);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Deletes a message. Does nothing if it has become visible again. */
  delete(receiptHandle: string): void {
    clearTimeout(this.#hidden.get(receiptHandle));
    this.#hidden.delete(receiptHandle);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const timer of [...this.#delays, ...this.#hidden.values()]) clearTimeout(timer);
    for (const wait of this.#waiting.splice(0)) wait(undefined);
  }

  #show(copy: Copy): void {
    if (hasExpired(copy)) return;
    if (copy.receives >= this.#options.maxReceives) {
      this.#bury(copy.message);
      return;
    }
    const wait = this.#waiting.shift();
    if (wait === undefined) this.#visible.push(copy);
    else wait(this.#hide(copy));
  }

  #hide(copy: Copy): ReceivedMessage {
    if (copy.receives === 0) copy.firstReceivedAtMillis = Date.now();
    copy.receives++;
    const receiptHandle = crypto.randomUUID();
    const showAgain = () => {
      this.#hidden.delete(receiptHandle);
      this.#show(copy);
    };
    this.#hidden.set(receiptHandle, setTimeout(showAgain, this.#options.visibilityMillis));
    const { message, receives, firstReceivedAtMillis } = copy;
    return { ...message, receiptHandle, receives, firstReceivedAtMillis };
  }

  #bury(message: Message): void {
    this.#deadLetters.push(message);
    if (this.#deadLetters.length > MAX_DEAD_LETTERS) this.#deadLetters.shift();
    this.#options.onDeadLetter?.(message);
  }
}

function hasExpired({ expiresMillis }: Copy): boolean {
  return performance.now() >= expiresMillis;
}
