import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from '../input/check-embeddings.ts';

/** x -> W (x - mean): a projection of embeddings. Plain data. */
export interface LinearMap {
  /** Length of an embedding that goes in. */
  readonly dimension: number;
  /** Length of one that comes out, >= 1. */
  readonly outputDimension: number;
  /** W, row-major [outputDimension x dimension]. */
  readonly weights: Float64Array;
  /** [dimension]. */
  readonly mean: Float64Array;
}

/**
 * Maps embeddings. Of a learned metric, the plain squared Euclidean distances of what comes out are the distances
 * of the metric, so that indexes, galleries and evaluation work on it unchanged.
 *
 * @param map a metric, a whitening, principal components
 * @param embeddings row-major [count x map.dimension], finite, one row at least
 * @returns row-major [count x map.outputDimension]
 * @throws InvalidArgumentError where the embeddings are not such, or too large for what comes out to be finite
 */
export function transform(map: LinearMap, embeddings: Float32Array): Float32Array {
  checkEmbeddings('transform', embeddings, map.dimension);
  const mapped = Float32Array.from(mapRows(map, embeddings));
  if (!mapped.every((value) => Number.isFinite(value))) {
    throw new InvalidArgumentError({
      where: 'transform',
      argument: 'embeddings',
      expected: 'small enough that a Float32Array holds what they are mapped to',
      got: embeddings,
    });
  }
  return mapped;
}

/** Like {@link transform}, unchecked and in double precision. */
export function mapRows(
  { dimension, outputDimension, weights, mean }: LinearMap,
  rows: Float32Array,
): Float64Array {
  const count = rows.length / dimension;
  const out = new Float64Array(count * outputDimension);
  const centred = new Float64Array(dimension);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dimension; i++) centred[i] = rows[row * dimension + i]! - mean[i]!;
    for (let k = 0; k < outputDimension; k++) {
      let sum = 0;
      for (let i = 0; i < dimension; i++) sum += weights[k * dimension + i]! * centred[i]!;
      out[row * outputDimension + k] = sum;
    }
  }
  return out;
}
