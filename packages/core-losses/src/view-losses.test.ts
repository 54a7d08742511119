import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { mean, relu, sum } from '../test/oracles.ts';
import { barlowTwinsLoss, vicRegLoss } from './index.ts';

const [x, y] = [randomMatrix(5, 3, 1, 0.5), randomMatrix(5, 3, 2)];
const columns = (m: readonly (readonly number[])[]) => m[0]!.map((_, k) => m.map((row) => row[k]!));
const centred = (v: number[]) => v.map((c) => c - mean(v));
const product = (a: number[], b: number[]) => sum(a.map((v, i) => v * b[i]!));

const spread = (m: readonly (readonly number[])[]) => {
  const c = columns(m).map(centred);
  const covariance = (i: number, j: number) => product(c[i]!, c[j]!) / (m.length - 1);
  const deviation = mean(c.map((_, i) => relu(1 - Math.sqrt(covariance(i, i) + 1e-4))));
  const off = sum(c.flatMap((_, i) => c.map((_column, j) => (i === j ? 0 : covariance(i, j) ** 2))));
  return { deviation, redundancy: off / c.length };
};

const vicReg = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) => {
  const views = [spread(a), spread(b)];
  return (
    25 * mean(a.flatMap((row, i) => row.map((v, k) => (v - b[i]![k]!) ** 2))) +
    12.5 * sum(views.map((v) => v.deviation)) +
    sum(views.map((v) => v.redundancy))
  );
};

test('VICReg: value and gradient for both views', () => {
  expectLoss(
    (t) => tf.tidy(() => vicRegLoss(t, tf.tensor2d(y))),
    (a) => vicReg(a, y),
    x,
  );
  expectLoss(
    (t) => tf.tidy(() => vicRegLoss(tf.tensor2d(x), t)),
    (b) => vicReg(x, b),
    y,
  );
});

const barlowTwins = (a: number[][]) => {
  const [p, q] = [columns(a).map(centred), columns(y).map(centred)];
  return sum(
    p.flatMap((u, i) =>
      q.map((v, j) => {
        const c = product(u, v) / Math.sqrt(product(u, u) * product(v, v));
        return i === j ? (1 - c) ** 2 : 0.1 * c ** 2;
      }),
    ),
  );
};

test('Barlow Twins: value and gradient', () => {
  expectLoss((t) => tf.tidy(() => barlowTwinsLoss(t, tf.tensor2d(y), { redundancy: 0.1 })), barlowTwins, x);
});

test.each([
  ['vicRegLoss', vicRegLoss],
  ['barlowTwinsLoss', barlowTwinsLoss],
] as const)('%s: collapsed views are finite, a single row is refused', (name, loss) => {
  tf.tidy(() => {
    const same = tf.ones<tf.Rank.R2>([4, 3]);
    const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => loss(t as tf.Tensor2D, same))(same);
    expect([...value.dataSync(), ...grad.dataSync()].every(Number.isFinite)).toBe(true);
    expect(() => loss(tf.ones([1, 3]), tf.ones([1, 3]))).toThrow(
      `${name}: y must be of the same number of rows`,
    );
  });
});
