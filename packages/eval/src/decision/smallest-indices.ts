/**
 * Indices of the smallest values, ascending, the lower index first among equals.
 *
 * @param count how many, at most the number of values are given
 */
export function smallestIndices(values: Float64Array, count: number): number[] {
  const smallest: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const full = smallest.length >= count;
    if (full && (count === 0 || value >= values[smallest[count - 1]!]!)) continue;
    if (full) smallest.pop();
    let at = smallest.length;
    while (at > 0 && values[smallest[at - 1]!]! > value) at--;
    smallest.splice(at, 0, i);
  }
  return smallest;
}
