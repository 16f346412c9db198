// Runs an asynchronous function for many items, a few at a time.

/** Calls `act` for each item. Takes an item from the iterator only when its call can start, so the iterator can stop
 *  at any time.
 *  @param concurrency maximum number of calls in flight
 *  @param act must not reject */
export async function eachConcurrently<Item>(
  items: IterableIterator<Item>,
  concurrency: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    for (const item of items) await act(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
