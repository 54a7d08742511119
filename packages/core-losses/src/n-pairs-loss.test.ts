import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { dot, mean, sum } from '../test/oracles.ts';
import { nPairsLoss, nPairsRelation, pairwiseSimilarities, relationFromLabels } from './index.ts';

test('the first two of every class make its pair', () => {
  //                                       anchors 0 and 1, positives 3 and 2
  expect([...nPairsRelation(Int32Array.of(5, 9, 9, 5, 5, 7))].slice(0, 12)).toEqual([
    0, 0, 2, 1, 0, 0, 0, 0, 1, 2, 0, 0,
  ]);
});

test('value and gradient', () => {
  const labels = Int32Array.of(5, 9, 9, 5, 5, 7);
  const pairs = [
    [0, 3],
    [1, 2],
  ] as const;
  expectLoss(
    (t) =>
      tf.tidy(() =>
        nPairsLoss(pairwiseSimilarities(t, undefined, { measure: 'dot' }), nPairsRelation(labels)),
      ),
    (e) =>
      mean(
        pairs.map(
          ([a, p]) =>
            Math.log(sum(pairs.map(([, other]) => Math.exp(dot(e[a]!, e[other]!))))) - dot(e[a]!, e[p]!),
        ),
      ),
    randomMatrix(6, 4, 1),
  );
});

test('the anchors and their positives alone give the same, and the reductions are those of pairs', () => {
  const positives = randomMatrix(3, 4, 2);
  const relation = relationFromLabels(Int32Array.of(7, 3, 5), Int32Array.of(5, 7, 3));
  const columns = [1, 2, 0];
  const terms = (e: number[][]) =>
    e.map((anchor, i) => {
      const row = positives.map((positive) => dot(anchor, positive));
      return Math.log(sum(row.map(Math.exp))) - row[columns[i]!]!;
    });
  for (const [reduction, reduced] of [
    ['mean', mean],
    ['sum', sum],
  ] as const) {
    expectLoss(
      (t) =>
        tf.tidy(() => {
          const similarities = pairwiseSimilarities(t, tf.tensor2d(positives), { measure: 'dot' });
          return nPairsLoss(similarities, relation, { reduction });
        }),
      (e) => reduced(terms(e)),
      randomMatrix(3, 4, 1),
    );
  }
  const broken = tf.tensor2d([1, Number.NaN, 2, 3], [2, 2]);
  expect(() => nPairsLoss(broken, relationFromLabels(Int32Array.of(0, 1), Int32Array.of(0, 1)))).toThrow(
    /nPairsLoss: similarities must be finite/,
  );
  broken.dispose();
});
