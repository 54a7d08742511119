/** Eigenvalues in descending order, and their eigenvectors. */
export interface SymmetricEigen {
  /** [n], descending. */
  readonly values: Float64Array;
  /** Row-major [n x n]: row i is the unit eigenvector of `values[i]`. The rows are orthonormal. */
  readonly vectors: Float64Array;
}

/** QL needs two or three rounds an eigenvalue; only numbers that are not finite need more than this. */
const maxRounds = 100;

/**
 * The eigendecomposition of a symmetric matrix: Householder tridiagonalisation, then QL with implicit shifts.
 * Eigenvectors are kept as rows, so that every inner loop runs along memory.
 *
 * @param matrix row-major [n x n], symmetric and finite; it is not changed
 * @param n size, >= 1
 * @returns values and vectors, deterministic
 * @throws RangeError where the iteration does not converge, which takes numbers that are not finite
 * @see Golub and Van Loan, "Matrix Computations", 8.3
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  // A power of two changes no digit, and keeps squares from overflow and underflow.
  let largest = 0;
  for (const value of matrix) largest = Math.max(largest, Math.abs(value));
  const scale = largest > 0 && Number.isFinite(largest) ? 2 ** Math.floor(Math.log2(largest)) : 1;
  const work = Float64Array.from(matrix, (value) => value / scale);
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const vectors = tridiagonalize(work, n, diagonal, offDiagonal);
  diagonalize(diagonal, offDiagonal, vectors, n);
  return sortDescending(
    diagonal.map((value) => value * scale),
    vectors,
    n,
  );
}

/** Reduces `a` to tridiagonal form and returns the rows of Qᵀ, where a = Q T Qᵀ. */
function tridiagonalize(a: Float64Array, n: number, d: Float64Array, e: Float64Array): Float64Array {
  const reflector = new Float64Array(n);
  const product = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    // The reflector that clears row k right of its neighbour of the diagonal is kept in that row.
    const row = k * n;
    let scale = 0;
    for (let i = k + 1; i < n; i++) scale = Math.max(scale, Math.abs(a[row + i]!));
    d[k] = a[row + k]!;
    if (scale === 0) {
      e[k] = 0;
      continue;
    }
    let square = 0;
    for (let i = k + 1; i < n; i++) square += (reflector[i] = a[row + i]! / scale) ** 2;
    const alpha = reflector[k + 1]! > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    e[k] = alpha * scale;
    // H = I - v vᵀ with |v|² = 2.
    const factor = 1 / Math.sqrt(square - alpha * reflector[k + 1]!);
    reflector[k + 1]! -= alpha;
    for (let i = k + 1; i < n; i++) a[row + i] = reflector[i]! *= factor;

    let overlap = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      const other = i * n;
      for (let j = k + 1; j < n; j++) sum += a[other + j]! * reflector[j]!;
      product[i] = sum;
      overlap += sum * reflector[i]!;
    }
    for (let i = k + 1; i < n; i++) product[i]! -= (overlap / 2) * reflector[i]!;
    for (let i = k + 1; i < n; i++) {
      const v = reflector[i]!;
      const p = product[i]!;
      const other = i * n;
      for (let j = k + 1; j < n; j++) a[other + j]! -= v * product[j]! + p * reflector[j]!;
    }
  }
  if (n > 1) {
    d[n - 2] = a[(n - 2) * n + n - 2]!;
    e[n - 2] = a[(n - 2) * n + n - 1]!;
  }
  d[n - 1] = a[n * n - 1]!;

  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  // Qᵀ = H_last ... H_0, built from the last on, so that it stays the identity outside its corner.
  for (let k = n - 3; k >= 0; k--) {
    if (e[k] === 0) continue;
    const row = k * n;
    for (let i = k + 1; i < n; i++) {
      const other = i * n;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += vectors[other + j]! * a[row + j]!;
      for (let j = k + 1; j < n; j++) vectors[other + j]! -= sum * a[row + j]!;
    }
  }
  return vectors;
}

/** Diagonalises a tridiagonal matrix by QL with implicit shifts, turning the rows of `vectors` along. */
function diagonalize(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  for (let low = 0; low < n; low++) {
    for (let round = 0; ; round++) {
      let split = low;
      while (split < n - 1) {
        // The largest entry is about 1, and rounding leaves noise of its last digit everywhere.
        const near = Math.max(1, Math.abs(d[split]!) + Math.abs(d[split + 1]!));
        if (Math.abs(e[split]!) <= Number.EPSILON * near) break;
        split++;
      }
      if (split === low) break;
      if (round === maxRounds) throw new RangeError('symmetricEigen: no convergence; is the matrix finite?');

      let g = (d[low + 1]! - d[low]!) / (2 * e[low]!);
      let r = Math.hypot(g, 1);
      g = d[split]! - d[low]! + e[low]! / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = split - 1;
      for (; i >= low; i--) {
        let f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[split] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        const upper = i * n;
        const lower = upper + n;
        for (let k = 0; k < n; k++) {
          f = vectors[lower + k]!;
          const h = vectors[upper + k]!;
          vectors[lower + k] = s * h + c * f;
          vectors[upper + k] = c * h - s * f;
        }
      }
      if (r === 0 && i >= low) continue;
      d[low]! -= p;
      e[low] = g;
      e[split] = 0;
    }
  }
}

function sortDescending(d: Float64Array, vectors: Float64Array, n: number): SymmetricEigen {
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => d[j]! - d[i]!);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) {
    sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  }
  return { values: Float64Array.from(order, (i) => d[i]!), vectors: sorted };
}
