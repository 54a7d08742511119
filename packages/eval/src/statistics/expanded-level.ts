/**
 * The level at which percentiles of a bootstrap cover what is asked for. A bootstrap of n units varies as if divided by
 * n instead of n - 1, and its percentiles have the normal distribution's tails where Student's are due; both make
 * intervals of few units too short.
 *
 * @param level wanted, in (0, 1)
 * @param units resampled, >= 2
 * @param freedom degrees of freedom of the bootstrap's variance, > 0
 * @returns a level between `level` and 1
 * @see Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69 (2015)
 */
export function expandedLevel(level: number, units: number, freedom: number): number {
  const z = normalQuantile((1 + level) / 2);
  const v = freedom;
  // Student's quantile from the normal one, by the first terms of Cornish and Fisher's series.
  const t =
    z +
    (z ** 3 + z) / (4 * v) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * v ** 3);
  return 2 * normalShare(t * Math.sqrt(units / (units - 1))) - 1;
}

/** The inverse of {@link expandedLevel}: the level that percentiles of a bootstrap cover. */
export function coveredLevel(inside: number, units: number, freedom: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (expandedLevel(middle, units, freedom) < inside) low = middle;
    else high = middle;
  }
  return low;
}

/** Share of the standard normal distribution below z, within 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    series.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0);
  return z > 0 ? 1 - tail : tail;
}

function normalQuantile(share: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
