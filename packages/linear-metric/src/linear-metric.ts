import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from './input/check-embeddings.ts';
import { checkRows } from './input/check-rows.ts';
import { addWeightedGram, mirrorUpper } from './linear-algebra/add-weighted-gram.ts';
import { symmetricEigen } from './linear-algebra/symmetric-eigen.ts';
import { mapRows, type LinearMap } from './maps/linear-map.ts';

/**
 * A Mahalanobis metric d(x, y) = (x - y)ᵀ M (x - y) = |W x - W y|², with M = Wᵀ W. Being a {@link LinearMap},
 * `transform` applies W. Plain data; the mean is zero.
 */
export interface LinearMetric extends LinearMap {
  /** M, row-major [dimension x dimension], symmetric positive semidefinite. */
  readonly matrix: Float64Array;
  /** Directions that the metric sees: eigenvalues of M above 1e-6 of the largest. */
  readonly rank: number;
  /** Two embeddings are called same where their distance is below this; null where none was learned. */
  readonly bias: number | null;
}

/** Eigenvalues below this share of the largest one count as zero. */
const negligible = 1e-6;

/** How many eigenvalues, given in descending order, count. */
export function rankOf(values: Float64Array): number {
  return values[0]! > 0 ? values.filter((value) => value > negligible * values[0]!).length : 0;
}

/** The metric of a symmetric positive semidefinite matrix. */
export function metricOfMatrix(matrix: Float64Array, dimension: number, bias: number | null): LinearMetric {
  const { values, vectors } = symmetricEigen(matrix, dimension);
  const rank = rankOf(values);
  const kept = Math.max(1, rank);
  const weights = vectors.slice(0, kept * dimension);
  for (let row = 0; row < kept; row++) {
    const length = rank === 0 ? 0 : Math.sqrt(values[row]!);
    for (let i = row * dimension; i < (row + 1) * dimension; i++) weights[i]! *= length;
  }
  return metricOfWeights(weights, dimension, rank, bias);
}

/** The metric |W x - W y|². */
export function metricOfWeights(
  weights: Float64Array,
  dimension: number,
  rank: number,
  bias: number | null,
): LinearMetric {
  const outputDimension = weights.length / dimension;
  const matrix = new Float64Array(dimension * dimension);
  addWeightedGram(weights, new Float64Array(outputDimension).fill(1), outputDimension, dimension, matrix);
  mirrorUpper(matrix, dimension);
  return { dimension, outputDimension, weights, mean: new Float64Array(dimension), matrix, rank, bias };
}

/**
 * The metric on the input of a map that equals another one on its output: for example the metric on embeddings that
 * a whitening, or a metric learned after it, amounts to.
 *
 * @param map the map that comes first
 * @param metric on what comes out of it; the plain squared Euclidean distance where left out
 * @throws InvalidArgumentError where the sizes of the two differ
 */
export function metricThrough(map: LinearMap, metric?: LinearMetric): LinearMetric {
  const { dimension, outputDimension, weights } = map;
  if (metric === undefined)
    return metricOfMatrix(metricOfWeights(weights, dimension, 0, null).matrix, dimension, null);
  if (metric.dimension !== outputDimension) {
    throw new InvalidArgumentError({
      where: 'metricThrough',
      argument: 'metric.dimension',
      expected: `${outputDimension}, the map's outputDimension`,
      got: metric.dimension,
    });
  }
  const product = new Float64Array(metric.outputDimension * dimension);
  for (let row = 0; row < metric.outputDimension; row++) {
    for (let k = 0; k < outputDimension; k++) {
      const weight = metric.weights[row * outputDimension + k]!;
      for (let i = 0; i < dimension; i++) {
        product[row * dimension + i]! += weight * weights[k * dimension + i]!;
      }
    }
  }
  return metricOfMatrix(metricOfWeights(product, dimension, 0, null).matrix, dimension, metric.bias);
}

/**
 * The distance of each listed pair under a metric, in double precision.
 *
 * @param metric any map: the squared Euclidean distance of what comes out is measured
 * @param embeddings row-major [count x metric.dimension], finite
 * @param a row of the first embedding of each pair, [pairs]
 * @param b row of the second one, [pairs]
 * @returns distances, [pairs], >= 0, smaller is nearer
 * @throws InvalidArgumentError where a shape or an index is wrong or an embedding is not finite
 */
export function metricDistances(
  metric: LinearMap,
  embeddings: Float32Array,
  a: Int32Array,
  b: Int32Array,
): Float64Array {
  const where = 'metricDistances';
  const count = checkEmbeddings(where, embeddings, metric.dimension);
  checkRows(where, { a, b }, count);
  const mapped = mapRows(metric, embeddings);
  const size = metric.outputDimension;
  return Float64Array.from(a, (first, pair) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (mapped[first * size + k]! - mapped[b[pair]! * size + k]!) ** 2;
    return sum;
  });
}
