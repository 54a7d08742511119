/**
 * The mutual information, in nats, that two partitions of given sizes have on average where items are dealt
 * to them at random.
 *
 * @param rows sizes of the parts of the first partition, each >= 1
 * @param columns sizes of the parts of the second one
 * @param items sum of either
 * @see Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", JMLR 11 (2010)
 */
export function expectedMutualInformation(
  rows: readonly number[],
  columns: readonly number[],
  items: number,
): number {
  const logFactorial = new Float64Array(items + 1);
  for (let i = 2; i <= items; i++) logFactorial[i] = logFactorial[i - 1]! + Math.log(i);
  const log = (n: number) => logFactorial[n]!;
  let sum = 0;
  // Parts of equal size contribute equally.
  for (const [a, timesA] of multiplicities(rows)) {
    for (const [b, timesB] of multiplicities(columns)) {
      const fixed = log(a) + log(b) + log(items - a) + log(items - b) - log(items);
      for (let shared = Math.max(1, a + b - items); shared <= Math.min(a, b); shared++) {
        const logProbability =
          fixed - log(shared) - log(a - shared) - log(b - shared) - log(items - a - b + shared);
        const information = (shared / items) * Math.log((items * shared) / (a * b));
        sum += timesA * timesB * information * Math.exp(logProbability);
      }
    }
  }
  return sum;
}

function multiplicities(sizes: readonly number[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1);
  return times;
}
