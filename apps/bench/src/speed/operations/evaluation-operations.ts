import { allPairsCurve, areaUnderRoc, evaluateSearch, evaluateVerification, pairDistances } from '@ft/eval';
import { exactIndex, usearchIndex, type DotProducts } from '@ft/miners';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
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
  /** Probes against a gallery of one image a person, half of them enrolled: rank 1, and DIR at 1 % FPIR. */
  async 'open-set search'({ people, probes, search }) {
    const [enrolled, asked] = [people as number, probes as number];
    const known = asked / 2;
    const gallery = unitRows(enrolled, DIMENSION, 5);
    const noise = unitRows(asked, DIMENSION, 6);
    const rows = noise.map((value, i) => (i < known * DIMENSION ? 0.7 * gallery[i]! + 0.7 * value : value));
    const embeddings = new Float32Array(gallery.length + rows.length);
    embeddings.set(gallery);
    embeddings.set(rows, gallery.length);
    const split = {
      gallery: range(0, enrolled),
      known: range(enrolled, known),
      unknown: range(enrolled + known, asked - known),
    };
    // The first probe is of the first person, and so on.
    const labels = range(0, enrolled + asked);
    labels.set(range(0, known), enrolled);
    const index =
      search === 'usearch'
        ? await usearchIndex({ dimension: DIMENSION, threads: 2, expansionAdd: 64 })
        : exactIndex({ dimension: DIMENSION, dotProducts });
    await index.add(gallery);
    const candidates = search === 'usearch' ? 10 : 1;
    const set = { embeddings, dimension: DIMENSION, measure: 'euclidean' as const, labels, split, index };
    return {
      run: async () => {
        await evaluateSearch({ ...set, candidates, checks: 0, fpirLimits: [0.01] });
      },
    };
  },
  /** Ten neighbours of every one of some clustered rows, by comparing all with all. */
  async 'exact index'({ rows }) {
    const embeddings = clustered(rows as number);
    return {
      async run() {
        const index = exactIndex({ dimension: DIMENSION, dotProducts });
        await index.add(embeddings);
        await index.search(embeddings, 10);
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

const range = (from: number, length: number) => Int32Array.from({ length }, (_, i) => from + i);

/** The engine's matrix product. */
const dotProducts: DotProducts = (a, b) => {
  const product = tf.tidy(() =>
    tf.matMul(
      tf.tensor2d(a.data, [a.count, DIMENSION]),
      tf.tensor2d(b.data, [b.count, DIMENSION]),
      false,
      true,
    ),
  );
  const values = product.dataSync<'float32'>();
  product.dispose();
  return values;
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
