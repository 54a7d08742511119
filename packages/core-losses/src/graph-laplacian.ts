import { mirrorBlock } from './mirror-block.ts';
import { scratchMatrix } from './scratch-matrix.ts';

/**
 * The Laplacian of the graph whose edge between i and j weighs w[i, j] + w[j, i], [n, n]: times the points it gives,
 * for every i, the sum over j of that weight times (point i - point j), which is what distances ask of a gradient.
 *
 * @param slopes slope at every distance, [n, n]
 * @param distances symmetric; where given, w is slope / distance, and 0 where the distance is; else w is 2 slope
 * @returns the scratch matrix
 */
export function graphLaplacian(slopes: Float32Array, n: number, distances?: Float32Array): Float32Array {
  const { rows, columns } = mirrorBlock;
  const laplacian = scratchMatrix(n);
  const degrees = new Float64Array(n);
  for (let top = 0; top < n; top += rows) {
    for (let left = top; left < n; left += columns) {
      const right = Math.min(n, left + columns);
      for (let row = top; row < Math.min(right, top + rows); row++) {
        let degree = 0;
        for (let column = Math.max(row + 1, left); column < right; column++) {
          const i = row * n + column;
          const j = column * n + row;
          const distance = distances === undefined ? 0.5 : distances[i]!;
          const weight = distance === 0 ? 0 : (slopes[i]! + slopes[j]!) / distance;
          laplacian[i] = laplacian[j] = -weight;
          degree += weight;
          degrees[column]! += weight;
        }
        degrees[row]! += degree;
      }
    }
  }
  for (let row = 0; row < n; row++) laplacian[row * n + row] = degrees[row]!;
  return laplacian;
}
