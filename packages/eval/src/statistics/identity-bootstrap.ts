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
  /** Percentile interval over the replicates, widened as Student's distribution is wider than the normal one. */
  readonly interval: Interval;
}

/** A measure with all that was resampled. */
interface Resampled extends Bootstrapped {
  /** Ascending. */
  readonly replicates: Float64Array;
  /** Degrees of freedom of the standard error, 2 to one less than the people. */
  readonly freedom: number;
  readonly people: number;
}

/**
 * Bootstrap over identities. Pairs share people, so pairs are not independent, but people are: people are
 * drawn with replacement, and a different pair weighs as often as its two people were drawn together, a same
 * pair as often as its one was. Draws that leave no same or no different pair are repeated.
 *
 * The product of two such counts has three times the variance of one, so what is peculiar to two people
 * together, and not to either, is counted three times. A second bootstrap, over couples of different people
 * alone, measures that part; the replicates are pulled towards the estimate until two thirds of it are gone.
 *
 * What is left varies more than a variance of so many independent people would: a few people carry much of it,
 * and a part was taken out. Its degrees of freedom are Satterthwaite's, from what each person contributes, which
 * is the covariance of the replicates with how often that person was drawn.
 *
 * @param where the public function named in errors
 * @param measure one or more measures under weights of the pairs, [pairs]; the weights are reused between calls
 * @returns each measure with its uncertainty
 * @throws InvalidArgumentError where options or identities are not as documented
 * @see Bolle, Ratha and Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap",
 *   CVIU 93 (2004); Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007); Aronow, Samii and
 *   Assenova, "Cluster-robust variance estimation for dyadic data", Political Analysis 23 (2015), whose variance the
 *   pulled replicates have; Efron, "Estimation and accuracy after model selection", JASA 109 (2014), for the
 *   covariances; Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics 2 (1946)
 */
export function identityBootstrap(
  where: string,
  pairs: IdentifiedPairs,
  { random, replicates = 1000, level = 0.95 }: BootstrapOptions,
  measure: (weights: Float64Array) => readonly number[],
): Resampled[] {
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
  // Sums over the replicates of how often a person was drawn, less once, by itself and times each measure.
  const excess = new Float64Array(people);
  const products = estimates.map(() => new Float64Array(people));
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
    record(values, done);
    for (let i = 0; i < people; i++) excess[i]! += drawn[i]! - 1;
    for (let k = 0; k < products.length; k++) {
      const sums = products[k]!;
      const shift = values[k]![done]! - estimates[k]!;
      for (let i = 0; i < people; i++) sums[i]! += (drawn[i]! - 1) * shift;
    }
    done++;
  }

  const { pairs: apart, starts } = couplesOf(a, b, people);
  const couples = starts.length - 1;
  for (let done = 0; done < replicates; done++) {
    weights.fill(1);
    for (let i = 0; i < apart.length; i++) weights[apart[i]!] = 0;
    for (let i = 0; i < couples; i++) {
      const couple = random.int(couples);
      for (let at = starts[couple]!; at < starts[couple + 1]!; at++) weights[apart[at]!]!++;
    }
    record(peculiar, done);
  }

  return estimates.map((estimate, k) => {
    const shift = mean(values[k]!) - estimate;
    const contributions = products[k]!.map((sum, i) => (sum - shift * excess[i]!) / replicates);
    return corrected(estimate, values[k]!, peculiar[k]!, contributions, level);
  });
}

/** The different pairs, those of the same two people together, and where each such group begins. */
function couplesOf(a: Int32Array, b: Int32Array, people: number) {
  const couples = new Map<number, number[]>();
  for (const [pair, i] of a.entries()) {
    const j = b[pair]!;
    if (i === j) continue;
    const key = Math.min(i, j) * people + Math.max(i, j);
    const own = couples.get(key);
    if (own === undefined) couples.set(key, [pair]);
    else own.push(pair);
  }
  const groups = [...couples.values()];
  const starts = new Int32Array(groups.length + 1);
  for (const [i, group] of groups.entries()) starts[i + 1] = starts[i]! + group.length;
  return { pairs: Int32Array.from(groups.flat()), starts };
}

/** @param contributions to the measure, of each person, [people] */
function corrected(
  estimate: number,
  values: Float64Array,
  peculiar: Float64Array,
  contributions: Float64Array,
  level: number,
): Resampled {
  const spread = variance(values);
  // What is peculiar to couples can't be more than the whole, a third of which stays.
  const share = spread === 0 ? 1 : Math.max(1 / 3, 1 - (2 * variance(peculiar)) / spread);
  const replicates = values.map((value) => estimate + Math.sqrt(share) * (value - estimate));
  const freedom = freedomOf(contributions, share * spread, spread, values.length);
  return {
    estimate,
    standardError: Math.sqrt(share * spread),
    interval: percentileInterval(replicates, level, contributions.length, freedom),
    replicates,
    freedom,
    people: contributions.length,
  };
}

/**
 * Degrees of freedom of what is left of a variance that is a sum of squared contributions. Each contribution was
 * measured with an error of variance spread / replicates, whose share of the moments is taken out.
 *
 * @returns 2 to one less than the number of contributions
 */
function freedomOf(contributions: Float64Array, left: number, spread: number, replicates: number): number {
  const people = contributions.length;
  const noise = spread / replicates;
  let squares = -people * noise;
  let fourths = 0;
  for (const value of contributions) {
    squares += value ** 2;
    fourths += value ** 4;
  }
  fourths -= 6 * noise * squares + 3 * people * noise ** 2;
  const scatter = fourths - squares ** 2 / people;
  const freedom = scatter > 0 ? (2 * left ** 2) / scatter : Infinity;
  return Math.max(1, Math.min(people - 1, Math.max(2, freedom)));
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
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
  const a = Int32Array.from(identityA, numberOf);
  const b = Int32Array.from(identityB, numberOf);
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
