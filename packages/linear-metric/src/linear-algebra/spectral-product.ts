import { addWeightedGram, mirrorUpper } from './add-weighted-gram.ts';
import type { SymmetricEigen } from './symmetric-eigen.ts';

/**
 * The matrix U diag(w) Uᵀ of eigenvectors with weights of one's own.
 *
 * @param weights for each eigenvector, [n]; those of weight 0 cost nothing
 * @returns row-major [n x n], exactly symmetric
 */
export function spectralProduct(
  { vectors }: Pick<SymmetricEigen, 'vectors'>,
  weights: Float64Array,
): Float64Array {
  const n = weights.length;
  const matrix = new Float64Array(n * n);
  addWeightedGram(vectors, weights, n, n, matrix);
  mirrorUpper(matrix, n);
  return matrix;
}
