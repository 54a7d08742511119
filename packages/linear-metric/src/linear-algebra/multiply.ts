/**
 * A B of row-major matrices.
 *
 * @param a [rows x inner]
 * @param b [inner x columns]
 * @returns [rows x columns]
 */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const value = a[i * inner + k]!;
      if (value === 0) continue;
      for (let j = 0; j < columns; j++) product[i * columns + j]! += value * b[k * columns + j]!;
    }
  }
  return product;
}

/** Aᵀ of a row-major matrix [rows x columns]. */
export function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const flipped = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) flipped[j * rows + i] = a[i * columns + j]!;
  }
  return flipped;
}
