import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { dot, mean, sum, unit } from '../test/oracles.ts';
import { angularLoss, pairwiseSimilarities, relationFromLabels } from './index.ts';

const labels = Int32Array.of(3, 1, 3, 8, 1, 3);
const referenceLabels = Int32Array.of(1, 3, 5, 3);

function oracle(x: number[][], y: number[][], relation: Uint8Array, angle: number): number {
  const [a, c] = [x.map(unit), y.map(unit)];
  const t = Math.tan((angle * Math.PI) / 180) ** 2;
  const terms = a.flatMap((anchor, i) =>
    c.flatMap((positive, j) => {
      if (relation[i * c.length + j] !== 1) return [];
      const both = anchor.map((v, k) => v + positive[k]!);
      const exponents = c.flatMap((negative, n) =>
        relation[i * c.length + n] === 2
          ? [4 * t * dot(both, negative) - 2 * (1 + t) * dot(anchor, positive)]
          : [],
      );
      return [Math.log(1 + sum(exponents.map(Math.exp)))];
    }),
  );
  return mean(terms);
}

test.each([20, 40, 60])('angle %d: values and gradients agree with loops', (angle) => {
  const [x, y] = [randomMatrix(6, 4, 1), randomMatrix(4, 4, 2)];
  const own = relationFromLabels(labels);
  expectLoss(
    (t) => tf.tidy(() => angularLoss(pairwiseSimilarities(t), own, { angle })),
    (e) => oracle(e, e, own, angle),
    x,
  );
  const other = relationFromLabels(labels, referenceLabels);
  expectLoss(
    (t) =>
      tf.tidy(() => {
        const candidateSimilarities = pairwiseSimilarities(t);
        return angularLoss(pairwiseSimilarities(tf.tensor2d(x), t), other, { angle, candidateSimilarities });
      }),
    (r) => oracle(x, r, other, angle),
    y,
  );
});

test('one class, collapse, and nothing selected', () => {
  const x = randomMatrix(6, 4, 1);
  const same = relationFromLabels(new Int32Array(6));
  expectLoss(
    (t) => tf.tidy(() => angularLoss(pairwiseSimilarities(t), same)),
    () => 0,
    x,
  );
  expectLoss(
    (t) => tf.tidy(() => angularLoss(pairwiseSimilarities(t), new Uint8Array(36))),
    () => 0,
    x,
  );
  const own = relationFromLabels(labels);
  expectLoss(
    (t) => tf.tidy(() => angularLoss(pairwiseSimilarities(t), own)),
    (e) => oracle(e, e, own, 40),
    x.map(() => x[0]!),
    1e-4,
  );
});

test('a reference set needs its own similarities', () => {
  const s = tf.zeros<tf.Rank.R2>([2, 3]);
  expect(() => angularLoss(s, new Uint8Array(6))).toThrow(
    'angularLoss: candidateSimilarities must be given, of shape [3, 3], where the candidates are not the anchors',
  );
  expect(() => angularLoss(s, new Uint8Array(6), { angle: 90 })).toThrow('at most 60, got 90.');
  s.dispose();
});
