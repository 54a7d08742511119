import type { MinerBatch } from '@ft/miner-api';

/** Mean distance of different images of a batch, in the batch's measure. Near 0: the network has collapsed. */
export function meanDistance({ distances: { data, anchors, candidates } }: MinerBatch): number {
  let sum = 0;
  for (let a = 0; a < anchors; a++) {
    for (let b = 0; b < anchors; b++) if (a !== b) sum += data[a * candidates + b]!;
  }
  return sum / (anchors * (anchors - 1));
}

/**
 * Mean cosine distance of different rows: 0 where all point one way.
 *
 * @param embeddings row-major [count, dimension]
 */
export function meanCosineDistance(embeddings: Float32Array, count: number): number {
  const dimension = embeddings.length / count;
  const total = new Float64Array(dimension);
  for (let row = 0; row < count; row++) {
    const values = embeddings.subarray(row * dimension, (row + 1) * dimension);
    let squared = 0;
    for (const value of values) squared += value * value;
    const scale = 1 / Math.sqrt(Math.max(squared, 1e-12));
    for (let i = 0; i < dimension; i++) total[i]! += values[i]! * scale;
  }
  let squared = 0;
  for (const value of total) squared += value * value;
  return (1 - squared / count ** 2) * (count / (count - 1));
}

/**
 * How many directions the embeddings of a batch fill: (sum of the eigenvalues of their covariance)^2 over the sum of
 * the squares, the participation ratio. From 1, a line, to the dimension or one less than the batch; 0 for a point.
 *
 * @param embeddings row-major [count, dimension]
 */
export function effectiveRank(embeddings: Float32Array, count: number): number {
  const dimension = embeddings.length / count;
  const centered = centeredRows(embeddings, count, dimension);
  // Rows' products have the eigenvalues of the covariance too: take the smaller of the two matrices.
  const byRows = count <= dimension;
  const [size, length] = byRows ? [count, dimension] : [dimension, count];
  const vectors = byRows ? centered : transposed(centered, count, dimension);
  let trace = 0;
  let squares = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      const [a, b] = [i * length, j * length];
      for (let k = 0; k < length; k++) product += vectors[a + k]! * vectors[b + k]!;
      if (i === j) trace += product;
      squares += (i === j ? 1 : 2) * product * product;
    }
  }
  return squares === 0 ? 0 : trace ** 2 / squares;
}

function centeredRows(values: Float32Array, count: number, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < values.length; i++) mean[i % dimension]! += values[i]! / count;
  return Float64Array.from(values, (value, i) => value - mean[i % dimension]!);
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}
