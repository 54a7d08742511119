import type { Rows } from './distance-block.ts';

/**
 * Views of at most `size` rows each, in order.
 *
 * @param size at least 1
 */
export function* rowBatches(
  { data, count, dimension }: Rows,
  size: number,
): Generator<Rows & { first: number }> {
  for (let first = 0; first < count; first += size) {
    const rows = Math.min(size, count - first);
    yield {
      data: data.subarray(first * dimension, (first + rows) * dimension),
      count: rows,
      dimension,
      first,
    };
  }
}

/** How many rows of `dimension` coordinates make a request of a few megabytes of text. */
export function rowsPerRequest(dimension: number): number {
  return Math.max(1, Math.floor(131_072 / dimension));
}
