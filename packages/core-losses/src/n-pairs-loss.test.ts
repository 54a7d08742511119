import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { dot, mean, sum } from '../test/oracles.ts';
import { nPairsLoss, nPairsRelation, pairwiseSimilarities } from './index.ts';

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
