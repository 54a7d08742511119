import { InvalidArgumentError } from '@ft/errors';

/** Two systems' right and wrong calls on the same cases. */
export interface McNemar {
  /** Cases that only the first got right. */
  readonly onlyFirst: number;
  /** Cases that only the second got right. */
  readonly onlySecond: number;
  /** Two-sided exact probability of a split as uneven as this one, were both equally good. */
  readonly pValue: number;
}

/**
 * The exact McNemar test: do two systems differ in accuracy on the same cases? It takes cases as independent;
 * where they share people, `compareVerification` is the safer test.
 *
 * @param first was the first system right? [cases]
 * @param second was the second system right? [cases]
 * @throws InvalidArgumentError where lengths differ
 * @see McNemar, "Note on the sampling error of the difference between correlated proportions" (1947)
 */
export function mcnemarTest(first: ArrayLike<unknown>, second: ArrayLike<unknown>): McNemar {
  if (second.length !== first.length) {
    throw new InvalidArgumentError({
      where: 'mcnemarTest',
      argument: 'second',
      expected: `of the length of first, ${first.length}`,
      got: second,
    });
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) onlyFirst++;
    if (second[i] && !first[i]) onlySecond++;
  }
  const trials = onlyFirst + onlySecond;
  // The lower tail of a fair binomial, each term from the one before; logarithms keep small terms alive.
  let logTerm = -trials * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= Math.min(onlyFirst, onlySecond); k++) {
    logTerm += Math.log((trials - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return { onlyFirst, onlySecond, pValue: Math.min(1, 2 * tail) };
}
