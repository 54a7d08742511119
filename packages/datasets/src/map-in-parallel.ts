/**
 * Calls `work` for every item, at most `parallel` at a time, and returns the results in the items' order.
 *
 * The first failure, or an aborted signal, rejects at once and starts no further item.
 */
export async function mapInParallel<Item, Result>(
  items: readonly Item[],
  parallel: number,
  signal: AbortSignal | undefined,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  async function worker(): Promise<void> {
    while (next < items.length) {
      const index = next++;
      try {
        signal?.throwIfAborted();
        results[index] = await work(items[index]!, index);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
