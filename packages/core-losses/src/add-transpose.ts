import { scratchMatrix } from './scratch-matrix.ts';

/** A square matrix plus its transpose, [n, n], in the scratch matrix. */
export function addTranspose(cells: Float32Array, n: number): Float32Array {
  // Rows and columns whose cells and mirrored cells fit into the cache together.
  const block = 64;
  const sums = scratchMatrix(n);
  for (let top = 0; top < n; top += block) {
    for (let left = top; left < n; left += block) {
      for (let row = top; row < Math.min(n, top + block); row++) {
        for (let column = Math.max(row, left); column < Math.min(n, left + block); column++) {
          const i = row * n + column;
          const j = column * n + row;
          sums[i] = sums[j] = cells[i]! + cells[j]!;
        }
      }
    }
  }
  return sums;
}
