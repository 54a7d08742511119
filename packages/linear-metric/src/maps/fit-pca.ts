import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from '../input/check-embeddings.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import type { LinearMap } from './linear-map.ts';
import { meanOf, scatterOf } from './scatter.ts';

/** A projection to the principal components. */
export interface PrincipalComponents extends LinearMap {
  /** Share of the total variance along each component, descending, 0 to 1; all 0 where nothing varies. */
  readonly explained: Float64Array;
}

/**
 * The directions in which embeddings vary most.
 *
 * @param options.embeddings row-major [count x dimension], finite
 * @param options.dimension length of one embedding, >= 1
 * @param options.components how many to keep, 1 to `dimension`; all by default
 * @returns the map x -> W (x - mean), whose rows are orthonormal
 * @throws InvalidArgumentError where an argument is not such
 * @see Pearson, "On lines and planes of closest fit to systems of points in space" (1901)
 */
export function fitPca({
  embeddings,
  dimension,
  components = dimension,
}: {
  readonly embeddings: Float32Array;
  readonly dimension: number;
  readonly components?: number;
}): PrincipalComponents {
  const where = 'fitPca';
  const count = checkEmbeddings(where, embeddings, dimension);
  if (!Number.isInteger(components) || components < 1 || components > dimension) {
    throw new InvalidArgumentError({
      where,
      argument: 'components',
      expected: `an integer from 1 to the dimension, ${dimension}`,
      got: components,
    });
  }
  const mean = meanOf(embeddings, dimension);
  const rows = Array.from({ length: count }, (_, row) => row);
  const { values, vectors } = symmetricEigen(
    scatterOf(embeddings, dimension, [{ rows, centre: mean }]),
    dimension,
  );
  const variances = values.map((value) => Math.max(0, value));
  const total = variances.reduce((sum, value) => sum + value, 0);
  return {
    dimension,
    outputDimension: components,
    weights: vectors.slice(0, components * dimension),
    mean,
    explained: variances.slice(0, components).map((value) => (total === 0 ? 0 : value / total)),
  };
}
