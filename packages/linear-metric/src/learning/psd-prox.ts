import { spectralProduct } from '../linear-algebra/spectral-product.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';

/** Weights of the regularisers of a metric's matrix M. */
export interface MetricPenalty {
  /** Weight of the trace of M, its trace norm; >= 0. */
  readonly trace: number;
  /** Weight of half the squared Frobenius distance of M from the identity; >= 0. */
  readonly anchor: number;
}

/** trace · tr(M) + anchor / 2 · |M - I|². */
export function metricPenalty(matrix: Float64Array, n: number, { trace, anchor }: MetricPenalty): number {
  let sum = 0;
  let apart = 0;
  for (let i = 0; i < n; i++) {
    sum += matrix[i * n + i]!;
    for (let j = 0; j < n; j++) apart += (matrix[i * n + j]! - (i === j ? 1 : 0)) ** 2;
  }
  return trace * sum + (anchor / 2) * apart;
}

/**
 * The positive semidefinite M with the least |M - V|² / 2 + step · penalty(M): the anchor is folded in by completing
 * the square, and the eigenvalues are shrunk by the trace norm and cut at zero.
 *
 * @param matrix V, row-major [n x n], symmetric
 * @param step length of the gradient step that led to V, > 0
 * @returns row-major [n x n], exactly symmetric
 */
export function psdProx(
  matrix: Float64Array,
  n: number,
  step: number,
  { trace, anchor }: MetricPenalty,
): Float64Array {
  const shrink = 1 + step * anchor;
  const shift = (step * anchor) / shrink;
  const threshold = (step * trace) / shrink;
  const centred = matrix.map((value) => value / shrink);
  for (let i = 0; i < n; i++) centred[i * n + i]! += shift;
  const lowered = Float64Array.from(centred);
  for (let i = 0; i < n; i++) lowered[i * n + i]! -= threshold;
  // Most steps near the identity cut no eigenvalue, and to see that costs a tenth of finding them.
  if (isPositiveDefinite(lowered, n)) return lowered;
  const { values, vectors } = symmetricEigen(centred, n);
  return spectralProduct(
    { vectors },
    values.map((value) => Math.max(0, value - threshold)),
  );
}

/** Does a Cholesky factorisation exist? */
function isPositiveDefinite(matrix: Float64Array, n: number): boolean {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
      if (i === j) {
        if (!(sum > 0)) return false;
        factor[i * n + i] = Math.sqrt(sum);
      } else {
        factor[i * n + j] = sum / factor[j * n + j]!;
      }
    }
  }
  return true;
}
