import { allPairsCurve, areaUnderRoc, evaluateVerification, pairDistances } from '@ft/eval';
import { usearchIndex } from '@ft/miners';
import { createRandom } from '@ft/random';
import type { Operations } from '../operation.ts';
import { normalRows, unitRows } from '../random-batch.ts';

const DIMENSION = 128;

export const evaluationOperations: Operations = {
  /** 6,000 pairs in ten folds, from embeddings to accuracy, ROC curve and area. */
  'view 2'() {
    const pairs = 6000;
    const embeddings = normalRows(2 * pairs, DIMENSION);
    const a = Int32Array.from({ length: pairs }, (_, i) => 2 * i);
    const b = a.map((row) => row + 1);
    const same = Uint8Array.from({ length: pairs }, (_, i) => Math.floor(i / 300) % 2);
    const folds = Int32Array.from({ length: pairs }, (_, i) => Math.floor(i / 600));
    // Two images of one person are near each other.
    for (let pair = 0; pair < pairs; pair++) {
      if (same[pair] === 0) continue;
      for (let k = 0; k < DIMENSION; k++) {
        const first = 2 * pair * DIMENSION + k;
        embeddings[first + DIMENSION] = 0.6 * embeddings[first]! + 0.4 * embeddings[first + DIMENSION]!;
      }
    }
    return {
      run() {
        const distances = pairDistances(embeddings, DIMENSION, a, b, 'squared-euclidean');
        evaluateVerification({ distances, same, folds, protocol: 'lfw-view2' });
      },
    };
  },
  /** Every pair of a labelled set: an exact ROC curve and its area. */
  'all pairs'({ rows }) {
    const count = rows as number;
    const embeddings = unitRows(count, DIMENSION);
    const random = createRandom(2);
    // As in LFW, 2.3 images of a person on average, most with one.
    const labels = Int32Array.from({ length: count }, () => random.int(Math.ceil(count / 2.3)));
    return {
      run() {
        areaUnderRoc(allPairsCurve({ embeddings, dimension: DIMENSION, measure: 'euclidean' }, labels));
      },
    };
  },
  /** A neighbour index of clustered rows: built, and ten neighbours found for every row. */
  async index({ rows }) {
    const count = rows as number;
    const embeddings = clustered(count);
    await usearchIndex({ dimension: DIMENSION });
    return {
      async run() {
        const index = await usearchIndex({ dimension: DIMENSION, threads: 2 });
        await index.add(embeddings);
        await index.search(embeddings, 10);
      },
    };
  },
};

/** Unit rows around centres, ten of each, as embeddings of identities are. */
function clustered(count: number): Float32Array {
  const centers = unitRows(Math.ceil(count / 10), DIMENSION, 3);
  const rows = unitRows(count, DIMENSION, 4);
  for (let i = 0; i < rows.length; i++) {
    const row = Math.floor(i / DIMENSION);
    rows[i] = 0.5 * rows[i]! + centers[Math.floor(row / 10) * DIMENSION + (i % DIMENSION)]!;
  }
  return rows;
}
