import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/miner-api';
import type { ScoredPairs, ThresholdCurve } from '../verification/threshold-curve.ts';
import { percentileInterval } from './percentile-interval.ts';
import type { Interval } from './wilson-interval.ts';

/** Pairs of known identities: what a bootstrap over identities needs. */
export interface IdentifiedPairs extends ScoredPairs {
  /** Identity of the first embedding of each pair, [pairs]. */
  readonly identityA: ArrayLike<number>;
  /** Identity of the second one; equal to the first exactly where the pair is `same`, [pairs]. */
  readonly identityB: ArrayLike<number>;
}

/** How to resample. */
export interface BootstrapOptions {
  /** Where draws come from: `createRandom(seed)` of @ft/random. */
  readonly random: Random;
  /** Number of resamples, >= 100; 1000 by default. */
  readonly replicates?: number;
  /** Confidence of the interval, in (0, 1); 0.95 by default. */
  readonly level?: number;
}

/** Any measure that is read from a curve, e.g. `areaUnderRoc` or `(curve) => tarAtFar(curve, 0.001).tar`. */
export type CurveStatistic = (curve: ThresholdCurve) => number;

/** A measure with its uncertainty. */
export interface Bootstrapped {
  /** The measure on the pairs as they are. */
  readonly estimate: number;
  /** Standard deviation over the replicates. */
  readonly standardError: number;
  /** Percentile interval over the replicates. */
  readonly interval: Interval;
}

/**
 * Bootstrap over identities. Pairs share people, so pairs are not independent, but people are: people are
 * drawn with replacement, and a different pair weighs as often as its two people were drawn together, a same
 * pair as often as its one was. Draws that leave no same or no different pair are repeated.
 *
 * The product of two such counts has three times the variance of one, so what is peculiar to a different
 * pair, and not to its people, is counted three times. A second bootstrap, over the different pairs alone,
 * measures that part; the replicates are pulled towards the estimate until two thirds of it are gone.
 *
 * @param where the public function named in errors
 * @param measure one or more measures under weights of the pairs, [pairs]; the weights are reused between calls
 * @returns each measure with its uncertainty, and its replicates, ascending
 * @throws InvalidArgumentError where options or identities are not as documented
 * @see Bolle, Ratha and Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap",
 *   CVIU 93 (2004); Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007)
 */
export function identityBootstrap(
  where: string,
  pairs: IdentifiedPairs,
  { random, replicates = 1000, level = 0.95 }: BootstrapOptions,
  measure: (weights: Float64Array) => readonly number[],
): (Bootstrapped & { readonly replicates: Float64Array })[] {
  const refuse = (argument: string, expected: string, got: unknown) => {
    throw new InvalidArgumentError({ where, argument, expected, got });
  };
  if (!Number.isInteger(replicates) || replicates < 100) {
    refuse('replicates', 'an integer from 100', replicates);
  }
  if (!(level > 0 && level < 1)) refuse('level', 'in (0, 1)', level);
  const { a, b, people } = numberedPeople(where, pairs);

  const weights = new Float64Array(a.length).fill(1);
  const estimates = measure(weights);
  const values = estimates.map(() => new Float64Array(replicates));
  const peculiar = estimates.map(() => new Float64Array(replicates));
  const record = (columns: Float64Array[], replicate: number) => {
    for (const [i, value] of measure(weights).entries()) columns[i]![replicate] = value;
  };
  const drawn = new Int32Array(people);
  for (let done = 0; done < replicates;) {
    drawn.fill(0);
    for (let i = 0; i < people; i++) drawn[random.int(people)]!++;
    let sameWeight = 0;
    let differentWeight = 0;
    for (let pair = 0; pair < a.length; pair++) {
      const i = a[pair]!;
      const j = b[pair]!;
      const weight = i === j ? drawn[i]! : drawn[i]! * drawn[j]!;
      weights[pair] = weight;
      if (i === j) sameWeight += weight;
      else differentWeight += weight;
    }
    if (sameWeight === 0 || differentWeight === 0) continue;
    record(values, done++);
  }

  const different = a.flatMap((i, pair) => (i === b[pair] ? [] : [pair]));
  for (let done = 0; done < replicates; done++) {
    weights.fill(1);
    for (const pair of different) weights[pair] = 0;
    for (let i = 0; i < different.length; i++) weights[different[random.int(different.length)]!]!++;
    record(peculiar, done);
  }

  return estimates.map((estimate, i) => corrected(estimate, values[i]!, peculiar[i]!, level, people));
}

function corrected(
  estimate: number,
  values: Float64Array,
  peculiar: Float64Array,
  level: number,
  people: number,
) {
  const spread = variance(values);
  // What is peculiar to pairs can't be more than the whole, a third of which stays.
  const share = spread === 0 ? 1 : Math.max(1 / 3, 1 - (2 * variance(peculiar)) / spread);
  const replicates = values.map((value) => estimate + Math.sqrt(share) * (value - estimate));
  return {
    estimate,
    standardError: Math.sqrt(share * spread),
    interval: percentileInterval(replicates, level, people),
    replicates,
  };
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** The identities of the pairs as numbers from 0, checked. */
function numberedPeople(where: string, { distances, same, identityA, identityB }: IdentifiedPairs) {
  for (const [argument, column] of Object.entries({ identityA, identityB })) {
    if (column.length === distances.length) continue;
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `of the length of distances, ${distances.length}`,
      got: column,
    });
  }
  const numbers = new Map<number, number>();
  const numberOf = (identity: number) => {
    const number = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, number);
    return number;
  };
  const a = Array.from(identityA, numberOf);
  const b = Array.from(identityB, numberOf);
  for (let pair = 0; pair < a.length; pair++) {
    if ((a[pair] === b[pair]) === Boolean(same[pair])) continue;
    throw new InvalidArgumentError({
      where,
      argument: 'same',
      expected: 'true exactly where the two identities are equal',
      got: `${String(same[pair])} at pair ${pair}`,
    });
  }
  return { a, b, people: numbers.size };
}
