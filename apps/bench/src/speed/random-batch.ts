import { createRandom } from '@ft/random';

/** Rows of a standard normal distribution, row-major [rows x dimension]. */
export function normalRows(rows: number, dimension: number, seed = 1): Float32Array {
  const random = createRandom(seed);
  return new Float32Array(rows * dimension).map(() => random.normal());
}

/** Random rows of length 1, row-major [rows x dimension]. */
export function unitRows(rows: number, dimension: number, seed = 1): Float32Array {
  const values = normalRows(rows, dimension, seed);
  for (let start = 0; start < values.length; start += dimension) {
    let squared = 0;
    for (let k = start; k < start + dimension; k++) squared += values[k]! ** 2;
    const scale = 1 / Math.sqrt(squared);
    for (let k = start; k < start + dimension; k++) values[k]! *= scale;
  }
  return values;
}

/** 0, 0, 0, 0, 1, 1, 1, 1, ...: four images of each identity. */
export function fourEach(batch: number): Int32Array {
  return Int32Array.from({ length: batch }, (_, i) => i >> 2);
}
