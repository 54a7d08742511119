import { addWeightedGram, mirrorUpper } from '../linear-algebra/add-weighted-gram.ts';

const blockSize = 128;

/** The mean of all rows, [dimension]. */
export function meanOf(embeddings: Float32Array, dimension: number): Float64Array {
  const count = embeddings.length / dimension;
  const mean = new Float64Array(dimension);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dimension; i++) mean[i]! += embeddings[row * dimension + i]!;
  }
  return mean.map((sum) => sum / count);
}

/**
 * The sum of (x - c)(x - c)ᵀ over groups of rows x.
 *
 * @param groups rows, each group with the centre c of its own
 * @returns row-major [dimension x dimension], symmetric
 */
export function scatterOf(
  embeddings: Float32Array,
  dimension: number,
  groups: Iterable<{ readonly rows: readonly number[]; readonly centre: Float64Array }>,
): Float64Array {
  const scatter = new Float64Array(dimension * dimension);
  const block = new Float64Array(blockSize * dimension);
  const ones = new Float64Array(blockSize).fill(1);
  let held = 0;
  for (const { rows, centre } of groups) {
    for (const row of rows) {
      for (let i = 0; i < dimension; i++) {
        block[held * dimension + i] = embeddings[row * dimension + i]! - centre[i]!;
      }
      if (++held < blockSize) continue;
      addWeightedGram(block, ones, held, dimension, scatter);
      held = 0;
    }
  }
  if (held > 0) addWeightedGram(block, ones, held, dimension, scatter);
  mirrorUpper(scatter, dimension);
  return scatter;
}

/** Each identity's rows with their mean. */
export function groupsAroundMeans(
  embeddings: Float32Array,
  dimension: number,
  identities: readonly number[][],
): { rows: number[]; centre: Float64Array }[] {
  return identities.map((rows) => {
    const centre = new Float64Array(dimension);
    for (const row of rows) {
      for (let i = 0; i < dimension; i++) centre[i]! += embeddings[row * dimension + i]! / rows.length;
    }
    return { rows, centre };
  });
}
