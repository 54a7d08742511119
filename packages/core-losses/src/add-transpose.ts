import { mirrorBlock } from './mirror-block.ts';
import { scratchMatrix } from './scratch-matrix.ts';

/** A square matrix plus its transpose, [n, n], in the scratch matrix. */
export function addTranspose(cells: Float32Array, n: number): Float32Array {
  const { rows, columns } = mirrorBlock;
  const sums = scratchMatrix(n);
  for (let top = 0; top < n; top += rows) {
    for (let left = top; left < n; left += columns) {
      const right = Math.min(n, left + columns);
      for (let row = top; row < Math.min(right, top + rows); row++) {
        for (let column = Math.max(row, left); column < right; column++) {
          const i = row * n + column;
          const j = column * n + row;
          sums[i] = sums[j] = cells[i]! + cells[j]!;
        }
      }
    }
  }
  return sums;
}
