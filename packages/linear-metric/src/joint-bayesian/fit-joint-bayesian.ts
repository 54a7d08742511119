import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from '../input/check-embeddings.ts';
import { rowsOfIdentities, type LabelledEmbeddings } from '../input/rows-of-identities.ts';
import { checkNumber } from '../input/check-number.ts';
import { checkShrinkage } from '../input/check-shrinkage.ts';
import { multiply, transpose } from '../linear-algebra/multiply.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import type { LinearMap } from '../maps/linear-map.ts';
import { groupsAroundMeans, meanOf, scatterOf } from '../maps/scatter.ts';

/** A Joint Bayesian model: an embedding is its identity plus a variation, both normal. Plain data. */
export interface JointBayesian {
  /** To coordinates that are independent and in which the variation has variance 1. */
  readonly map: LinearMap;
  /** Variance of the identity along each of them, [dimension], descending. */
  readonly between: Float64Array;
  /** Mean log-likelihood of an embedding after each iteration; never falls but for rounding. */
  readonly logLikelihood: readonly number[];
}

/** How a model is fitted. */
export interface JointBayesianOptions extends LabelledEmbeddings {
  /** At most, an integer from 1. Default 50. */
  readonly iterations?: number;
  /** Stop where the mean log-likelihood rises by less, >= 0. Default 1e-4. */
  readonly tolerance?: number;
  /**
   * Share of a multiple of the identity that the variation's covariance is mixed with at the end, 0 to 1. A network
   * that was trained on these very people varies less on them than on others. Default 0.
   */
  readonly shrinkage?: number;
}

/** Variances of the variation below this share of the largest count as this much. */
const floor = 1e-6;

/**
 * Fits the Joint Bayesian model x = identity + variation by expectation maximisation. The posterior's covariance is
 * part of the M-step, which makes the likelihood rise with every iteration.
 *
 * @throws InvalidArgumentError where the input or an option is not as documented, there are not two identities, or
 *   embeddings of one identity never differ
 * @see Chen et al., "Bayesian face revisited: a joint formulation", ECCV 2012
 */
export function fitJointBayesian({
  embeddings,
  dimension: n,
  labels,
  iterations = 50,
  tolerance = 1e-4,
  shrinkage = 0,
}: JointBayesianOptions): JointBayesian {
  const where = 'fitJointBayesian';
  const count = checkEmbeddings(where, embeddings, n);
  const identities = rowsOfIdentities(where, labels, count);
  if (identities.length < 2) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: 'of two identities or more',
      got: identities.length,
    });
  }
  checkNumber(where, 'iterations', iterations, { least: 1, integer: true });
  checkNumber(where, 'tolerance', tolerance, { least: 0 });
  checkShrinkage(where, shrinkage);

  const mean = meanOf(embeddings, n);
  const groups = groupsAroundMeans(embeddings, n, identities);
  const all = Array.from({ length: count }, (_, row) => row);
  const total = scatterOf(embeddings, n, [{ rows: all, centre: mean }]);
  const sizes = groups.map(({ rows }) => rows.length);
  const sums = Float64Array.from({ length: groups.length * n }, (_, i) => {
    const { centre, rows } = groups[Math.floor(i / n)]!;
    return rows.length * (centre[i % n]! - mean[i % n]!);
  });

  let variation: Float64Array = scatterOf(embeddings, n, groups).map((value) => value / count);
  if (variation.every((value) => value === 0)) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: 'such that those of one identity differ',
      got: 'embeddings that are equal within every identity',
    });
  }
  let identity: Float64Array = total.map((value, i) => value / count - variation[i]!);
  let basis = jointBasis(variation, identity, n);
  const logLikelihood: number[] = [];
  for (let iteration = 0; ; iteration++) {
    const mapped = statistics(basis.weights, total, sums, groups.length, n);
    logLikelihood.push(meanLogLikelihood(basis, mapped, sizes, count, n));
    const risen = iteration === 0 ? Infinity : logLikelihood[iteration]! - logLikelihood[iteration - 1]!;
    if (iteration === iterations || risen < tolerance) break;
    ({ variation, identity } = maximise(basis.between, mapped, sizes, count, n));
    const next = jointBasis(variation, identity, n);
    basis = {
      ...next,
      weights: multiply(next.weights, basis.weights, n, n, n),
      logDeterminant: basis.logDeterminant + next.logDeterminant,
    };
  }
  if (shrinkage > 0) basis = shrink(basis, shrinkage, n);
  return {
    map: { dimension: n, outputDimension: n, weights: basis.weights, mean },
    between: basis.between,
    logLikelihood,
  };
}

/** The basis in which the variation mixed with a multiple of the identity, of the same trace, has variance 1. */
function shrink({ weights, between, logDeterminant }: Basis, share: number, n: number): Basis {
  // In the coordinates of the basis the variation is I, and the identity of the embeddings' space T Tᵀ.
  const identity = multiply(weights, transpose(weights, n, n), n, n, n);
  const trace = symmetricEigen(identity, n).values.reduce((sum, value) => sum + 1 / value, 0);
  const mixed = identity.map(
    (value, i) => ((share * trace) / n) * value + (i % (n + 1) === 0 ? 1 - share : 0),
  );
  const diagonal = new Float64Array(n * n);
  for (const [i, value] of between.entries()) diagonal[i * (n + 1)] = value;
  const next = jointBasis(mixed, diagonal, n);
  return {
    ...next,
    weights: multiply(next.weights, weights, n, n, n),
    logDeterminant: logDeterminant + next.logDeterminant,
  };
}

interface Basis {
  /** T with T Sε Tᵀ = I and T Sμ Tᵀ diagonal, row-major [n x n]. */
  readonly weights: Float64Array;
  /** That diagonal. */
  readonly between: Float64Array;
  /** log |det T|. */
  readonly logDeterminant: number;
}

function jointBasis(variation: Float64Array, identity: Float64Array, n: number): Basis {
  const { values, vectors } = symmetricEigen(variation, n);
  const variances = values.map((value) => Math.max(value, floor * values[0]!));
  const whitening = vectors.map((value, i) => value / Math.sqrt(variances[Math.floor(i / n)]!));
  const rotated = congruence(whitening, identity, n);
  const turn = symmetricEigen(rotated, n);
  return {
    weights: multiply(turn.vectors, whitening, n, n, n),
    between: turn.values.map((value) => Math.max(0, value)),
    logDeterminant: -variances.reduce((sum, value) => sum + Math.log(value), 0) / 2,
  };
}

/** T S Tᵀ. */
function congruence(t: Float64Array, s: Float64Array, n: number): Float64Array {
  const product = multiply(multiply(t, s, n, n, n), transpose(t, n, n), n, n, n);
  // Rounding leaves the two halves a little apart.
  return product.map((value, i) => (value + product[(i % n) * n + Math.floor(i / n)]!) / 2);
}

interface Statistics {
  /** Sum of z zᵀ over all embeddings, [n x n]. */
  readonly total: Float64Array;
  /** Sum of z over each identity, [identities x n]. */
  readonly sums: Float64Array;
}

function statistics(
  weights: Float64Array,
  total: Float64Array,
  sums: Float64Array,
  identities: number,
  n: number,
): Statistics {
  return {
    total: congruence(weights, total, n),
    sums: multiply(sums, transpose(weights, n, n), identities, n, n),
  };
}

function meanLogLikelihood(
  { between, logDeterminant }: Basis,
  { total, sums }: Statistics,
  sizes: readonly number[],
  count: number,
  n: number,
): number {
  let twice = count * n * Math.log(2 * Math.PI);
  for (let i = 0; i < n; i++) twice += total[i * n + i]!;
  for (const [identity, size] of sizes.entries()) {
    for (let i = 0; i < n; i++) {
      const spread = 1 + size * between[i]!;
      twice += Math.log(spread) - (between[i]! / spread) * sums[identity * n + i]! ** 2;
    }
  }
  return logDeterminant - twice / 2 / count;
}

/** Both covariances, in the coordinates of the basis, from the posterior of each identity. */
function maximise(
  between: Float64Array,
  { total, sums }: Statistics,
  sizes: readonly number[],
  count: number,
  n: number,
): { variation: Float64Array; identity: Float64Array } {
  const identity = new Float64Array(n * n);
  const variation = Float64Array.from(total);
  for (const [index, size] of sizes.entries()) {
    const sum = sums.subarray(index * n, (index + 1) * n);
    const variance = between.map((value) => value / (1 + size * value));
    const expected = sum.map((value, i) => value * variance[i]!);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const square = expected[i]! * expected[j]!;
        identity[i * n + j]! += square;
        variation[i * n + j]! += size * square - sum[i]! * expected[j]! - expected[i]! * sum[j]!;
      }
      identity[i * n + i]! += variance[i]!;
      variation[i * n + i]! += size * variance[i]!;
    }
  }
  return {
    identity: identity.map((value) => value / sizes.length),
    variation: variation.map((value) => value / count),
  };
}
