import type { EmbeddingTable } from './embedding-table.ts';

/** References that stay in the fast cache while all queries of a call pass over them: 32 KiB of them. */
const cachedNumbers = 4096;

/**
 * Distances from some rows of one table to the rows of another from a given one on. One matrix product in
 * double precision; the distance of equal rows is exactly 0, and d(a, b) = d(b, a) exactly.
 *
 * @param queries rows to measure from
 * @param from first of those rows
 * @param to one beyond the last of those rows
 * @param references rows to measure to, of the same dimension and measure
 * @param first the first reference measured to
 * @param out filled row-major, [(to - from) x (references.count - first)]
 */
export function distanceRows(
  queries: EmbeddingTable,
  from: number,
  to: number,
  references: EmbeddingTable,
  first: number,
  out: Float64Array,
): void {
  const { dimension, measure } = queries;
  const { values: q, squares: qSquares } = queries;
  const { values: r, squares: rSquares, count } = references;
  const width = count - first;
  const block = Math.max(4, Math.floor(cachedNumbers / dimension) & ~3);
  for (let blockStart = first; blockStart < count; blockStart += block) {
    const blockEnd = Math.min(count, blockStart + block);
    for (let row = from; row < to; row += 2) {
      // The last row of an odd number is computed twice; so are references short of four.
      const second = Math.min(row + 1, to - 1);
      const a = row * dimension;
      const b = second * dimension;
      for (let column = blockStart; column < blockEnd; column += 4) {
        const c1 = Math.min(column + 1, blockEnd - 1);
        const c2 = Math.min(column + 2, blockEnd - 1);
        const c3 = Math.min(column + 3, blockEnd - 1);
        const w = column * dimension;
        const x = c1 * dimension;
        const y = c2 * dimension;
        const z = c3 * dimension;
        let aw = 0;
        let ax = 0;
        let ay = 0;
        let az = 0;
        let bw = 0;
        let bx = 0;
        let by = 0;
        let bz = 0;
        for (let i = 0; i < dimension; i++) {
          const p = q[a + i]!;
          const s = q[b + i]!;
          const rw = r[w + i]!;
          const rx = r[x + i]!;
          const ry = r[y + i]!;
          const rz = r[z + i]!;
          aw += p * rw;
          ax += p * rx;
          ay += p * ry;
          az += p * rz;
          bw += s * rw;
          bx += s * rx;
          by += s * ry;
          bz += s * rz;
        }
        const upper = (row - from) * width - first;
        const lower = (second - from) * width - first;
        out[upper + column] = aw;
        out[upper + c1] = ax;
        out[upper + c2] = ay;
        out[upper + c3] = az;
        out[lower + column] = bw;
        out[lower + c1] = bx;
        out[lower + c2] = by;
        out[lower + c3] = bz;
      }
    }
  }
  for (let row = from; row < to; row++) {
    const start = (row - from) * width;
    const square = qSquares[row]!;
    for (let column = 0; column < width; column++) {
      const dot = out[start + column]!;
      const squared = Math.max(0, square + rSquares[first + column]! - 2 * dot);
      // Half the squared distance of unit vectors is 1 - cos.
      out[start + column] =
        measure === 'squared-euclidean' ? squared : measure === 'cosine' ? squared / 2 : Math.sqrt(squared);
    }
  }
}
