/**
 * Adds the sum of w x xᵀ over rows x with weights w to the upper triangle of a matrix.
 *
 * @param rows row-major [count x n]
 * @param weights of any sign, [count]
 * @param count number of rows
 * @param n length of a row
 * @param matrix row-major [n x n]; call {@link mirrorUpper} after the last addition
 */
export function addWeightedGram(
  rows: Float64Array,
  weights: Float64Array,
  count: number,
  n: number,
  matrix: Float64Array,
): void {
  // Four rows at once read and write each entry of the matrix once. Rows beyond the last weigh nothing.
  for (let row = 0; row < count; row += 4) {
    const a = row * n;
    const b = Math.min(row + 1, count - 1) * n;
    const c = Math.min(row + 2, count - 1) * n;
    const d = Math.min(row + 3, count - 1) * n;
    const weightA = weights[row]!;
    const weightB = row + 1 < count ? weights[row + 1]! : 0;
    const weightC = row + 2 < count ? weights[row + 2]! : 0;
    const weightD = row + 3 < count ? weights[row + 3]! : 0;
    if (weightA === 0 && weightB === 0 && weightC === 0 && weightD === 0) continue;
    for (let i = 0; i < n; i++) {
      const start = i * n;
      const valueA = weightA * rows[a + i]!;
      const valueB = weightB * rows[b + i]!;
      const valueC = weightC * rows[c + i]!;
      const valueD = weightD * rows[d + i]!;
      for (let j = i; j < n; j++) {
        matrix[start + j]! +=
          valueA * rows[a + j]! + valueB * rows[b + j]! + valueC * rows[c + j]! + valueD * rows[d + j]!;
      }
    }
  }
}

/** Copies the upper triangle of a matrix [n x n] to the lower one. */
export function mirrorUpper(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) matrix[i * n + j] = matrix[j * n + i]!;
  }
}
