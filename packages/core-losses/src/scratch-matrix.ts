let scratch = new Float32Array(0);

/**
 * A square matrix to write and to give to an engine's kernel at once; what was in it is lost at the next call.
 *
 * A new array of this size takes longer than to fill it.
 */
export function scratchMatrix(n: number): Float32Array {
  if (scratch.length !== n * n) scratch = new Float32Array(n * n);
  return scratch;
}
