// Work on many things, some at a time.

/** Calls `act` for each item. Takes an item from the iterator when its call can start, so the iterator decides how
 *  long there are further ones.
 *  @param concurrency calls under way at most
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
