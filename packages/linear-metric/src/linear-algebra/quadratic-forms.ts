/**
 * xᵀ M x of each row x, over the upper triangle of M only.
 *
 * @param rows row-major [count x n]
 * @param count number of rows
 * @param matrix row-major [n x n], symmetric
 * @param n length of a row
 * @param out filled, [count]
 */
export function quadraticForms(
  rows: Float64Array,
  count: number,
  matrix: Float64Array,
  n: number,
  out: Float64Array,
): void {
  // Four rows at once read each entry of the matrix once. Rows beyond the last repeat it.
  for (let row = 0; row < count; row += 4) {
    const r1 = Math.min(row + 1, count - 1);
    const r2 = Math.min(row + 2, count - 1);
    const r3 = Math.min(row + 3, count - 1);
    const a = row * n;
    const b = r1 * n;
    const c = r2 * n;
    const d = r3 * n;
    let formA = 0;
    let formB = 0;
    let formC = 0;
    let formD = 0;
    for (let i = 0; i < n; i++) {
      const start = i * n;
      const half = matrix[start + i]! / 2;
      let sumA = half * rows[a + i]!;
      let sumB = half * rows[b + i]!;
      let sumC = half * rows[c + i]!;
      let sumD = half * rows[d + i]!;
      for (let j = i + 1; j < n; j++) {
        const value = matrix[start + j]!;
        sumA += value * rows[a + j]!;
        sumB += value * rows[b + j]!;
        sumC += value * rows[c + j]!;
        sumD += value * rows[d + j]!;
      }
      formA += sumA * rows[a + i]!;
      formB += sumB * rows[b + i]!;
      formC += sumC * rows[c + i]!;
      formD += sumD * rows[d + i]!;
    }
    out[row] = 2 * formA;
    out[r1] = 2 * formB;
    out[r2] = 2 * formC;
    out[r3] = 2 * formD;
  }
}
