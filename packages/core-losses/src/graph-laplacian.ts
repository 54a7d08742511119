/** Rows and columns of a block whose cells and mirrored cells fit into the cache together. */
const block = 64;

/**
 * The Laplacian of the graph whose edge from i to j weighs w[i, j] + w[j, i], [n, n]: times the points it gives,
 * for every i, the sum over j of that weight times (point i - point j), which is what distances ask of a gradient.
 *
 * @param slopes slope at every distance, [n, n]
 * @param distances where given, w is slope / distance, and 0 where the distance is; else w is 2 slope
 */
export function graphLaplacian(slopes: Float32Array, n: number, distances?: Float32Array): Float32Array {
  const laplacian = new Float32Array(n * n);
  const degrees = new Float64Array(n);
  const weight = (i: number) => {
    if (distances === undefined) return 2 * slopes[i]!;
    return distances[i] === 0 ? 0 : slopes[i]! / distances[i]!;
  };
  for (let top = 0; top < n; top += block) {
    for (let left = top; left < n; left += block) {
      for (let row = top; row < Math.min(n, top + block); row++) {
        for (let column = Math.max(row + 1, left); column < Math.min(n, left + block); column++) {
          const i = row * n + column;
          const j = column * n + row;
          const both = weight(i) + weight(j);
          laplacian[i] = -both;
          laplacian[j] = -both;
          degrees[row]! += both;
          degrees[column]! += both;
        }
      }
    }
  }
  for (let row = 0; row < n; row++) laplacian[row * n + row] = degrees[row]!;
  return laplacian;
}
