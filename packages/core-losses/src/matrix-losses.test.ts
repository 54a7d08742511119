import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectLoss, numericGradient, expectClose, randomMatrix, type Matrix } from '../test/expect-loss.ts';
import { onEveryPath } from '../test/select-backend.ts';
import { matrixLosses, otherMatrixLosses, type MatrixLoss, type OracleView } from '../test/matrix-losses.ts';
import { cosine, euclidean, matrixOf, squared, unit } from '../test/oracles.ts';
import {
  l2Normalize,
  pairwiseDistances,
  pairwiseSimilarities,
  relationFromLabels,
  type PairSelection,
} from './index.ts';

const measures = { euclidean, 'squared-euclidean': squared, 'cosine-similarity': cosine };

/** The matrix that a loss wants, from embeddings that it normalises. */
function matrixFor(kind: MatrixLoss['matrix'], x: tf.Tensor2D, y?: tf.Tensor2D): tf.Tensor2D {
  if (kind === 'cosine-similarity') return pairwiseSimilarities(x, y);
  return pairwiseDistances(l2Normalize(x), y === undefined ? undefined : l2Normalize(y), { measure: kind });
}

function viewOf(kind: MatrixLoss['matrix'], relation: Uint8Array, x: Matrix, y: Matrix = x): OracleView {
  const values = matrixOf(measures[kind], x.map(unit), y.map(unit));
  const at = (value: number) =>
    values.map((row, i) => row.flatMap((_, j) => (relation[i * row.length + j] === value ? [j] : [])));
  const [positiveAt, negativeAt] = [at(1), at(2)];
  const pick = (columns: number[][]) => columns.map((row, i) => row.map((j) => values[i]![j]!));
  return { values, positiveAt, negativeAt, positive: pick(positiveAt), negative: pick(negativeAt) };
}

const x = randomMatrix(9, 5, 1);
const reference = randomMatrix(7, 5, 2);
// Unsorted, classes of 4, 2, 2 and 1.
const labels = Int32Array.of(3, 1, 3, 8, 1, 3, 7, 8, 3);
const referenceLabels = Int32Array.of(8, 3, 3, 1, 9, 7, 3);
const own = relationFromLabels(labels);

describe.each(matrixLosses)('$name', ({ matrix, loss, oracle, tolerance = 1e-5 }) => {
  const onBatch = (selection: PairSelection) => (t: tf.Tensor2D) =>
    tf.tidy(() => loss(matrixFor(matrix, t), selection));

  test('value and gradient are those of loops', () => {
    expectLoss(onBatch(own), (e) => oracle(viewOf(matrix, own, e)), x, tolerance);
  });

  test('with a reference set, for both sides', () => {
    const relation = relationFromLabels(labels, referenceLabels);
    expectLoss(
      (t) => tf.tidy(() => loss(matrixFor(matrix, t, tf.tensor2d(reference)), relation)),
      (e) => oracle(viewOf(matrix, relation, e, reference)),
      x,
      tolerance,
    );
    expectLoss(
      (t) => tf.tidy(() => loss(matrixFor(matrix, tf.tensor2d(x), t), relation)),
      (r) => oracle(viewOf(matrix, relation, x, r)),
      reference,
      tolerance,
    );
  });

  test('a list of pairs', () => {
    const pairs = {
      anchors: Int32Array.of(0, 0, 0, 1, 1, 1, 2),
      candidates: Int32Array.of(2, 1, 6, 4, 0, 3, 8),
      same: Uint8Array.of(1, 0, 0, 1, 0, 0, 1),
    };
    const relation = new Uint8Array(81);
    pairs.anchors.forEach((a, i) => (relation[a * 9 + pairs.candidates[i]!] = 2 - pairs.same[i]!));
    expectLoss(onBatch(pairs), (e) => oracle(viewOf(matrix, relation, e)), x, tolerance);
  });

  test('one class, all distinct, a batch of one', () => {
    for (const all of [new Int32Array(9), Int32Array.from({ length: 9 }, (_, i) => i)]) {
      const relation = relationFromLabels(all);
      expectLoss(onBatch(relation), (e) => oracle(viewOf(matrix, relation, e)), x, tolerance);
    }
    expectLoss(onBatch(new Uint8Array(1)), () => 0, x.slice(0, 1));
  });
});

describe.each([...matrixLosses, ...otherMatrixLosses])('$name', ({ matrix, loss, name }) => {
  const where = name.split(' ')[0]!;
  const gradientOf = (embeddings: Matrix, scale = 1) =>
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((t: tf.Tensor) =>
        loss(matrixFor(matrix, t as tf.Tensor2D), own),
      )(tf.tensor2d(embeddings.map((row) => row.map((v) => v * scale))));
      return [value.dataSync()[0]!, ...grad.dataSync()];
    });

  test('copies, collapse and any scale: finite', () => {
    const copies = x.map((_, i) => x[i % 3]!);
    const collapsed = x.map(() => x[0]!);
    onEveryPath(() => {
      for (const embeddings of [copies, collapsed]) {
        expect(gradientOf(embeddings).every(Number.isFinite)).toBe(true);
      }
      const [value] = gradientOf(x);
      for (const scale of [1e-12, 1e6]) {
        const scaled = gradientOf(x, scale);
        expect(scaled.every(Number.isFinite)).toBe(true);
        expectClose([scaled[0]!], [value!], 1e-5);
      }
    });
  });

  test('values of any size in the matrix: finite', () => {
    onEveryPath(() => {
      for (const size of [1e-12, 1e6, 1e12]) {
        const numbers = tf.tidy(() => {
          const m = tf.mul<tf.Tensor2D>(matrixFor(matrix, tf.tensor2d(x)), size);
          const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => loss(t as tf.Tensor2D, own))(m);
          return [value.dataSync()[0]!, ...grad.dataSync()];
        });
        expect(numbers.every(Number.isFinite)).toBe(true);
      }
    });
  });

  test('nothing selected: 0 with a zero gradient', () => {
    expectLoss(
      (t) => tf.tidy(() => loss(matrixFor(matrix, t), new Uint8Array(81))),
      () => 0,
      x,
    );
  });

  test('a NaN is an error that names the row', () => {
    const broken = randomMatrix(9, 9, 5).map((row, i) => (i === 4 ? row.map(() => Number.NaN) : row));
    const t = tf.tensor2d(broken);
    expect(() => loss(t, own)).toThrow(
      new RegExp(`^${where}: \\w+ must be finite, got 9 NaN .* most in row 4\\.`),
    );
    t.dispose();
  });

  test('a wrong relation is refused', () => {
    const t = tf.zeros<tf.Rank.R2>([9, 9]);
    expect(() => loss(t, new Uint8Array(5))).toThrow(
      `${where}: selection must be a list of pairs, or a Uint8Array`,
    );
    expect(() => loss(t, new Uint8Array(81).fill(7))).toThrow(`${where}: selection[0] must be 0 (none)`);
    t.dispose();
  });
});

const logSumExp = (values: number[]) => Math.log(values.reduce((sum, v) => sum + Math.exp(v), 0));

const definition = (view: OracleView, weightsOf: OracleView) => {
  const terms = view.positive.flatMap((p, i) => {
    const n = view.negative[i]!;
    if (p.length === 0 || n.length === 0) return [];
    const wp = weightsOf.positive[i]!.map((s) => Math.max(0, 1.4 - s));
    const wn = weightsOf.negative[i]!.map((s) => Math.max(0, s + 0.4));
    const logit =
      logSumExp(p.map((s, k) => -80 * wp[k]! * (s - 0.6))) +
      logSumExp(n.map((s, k) => 80 * wn[k]! * (s - 0.4)));
    return [Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)))];
  });
  return terms.reduce((sum, v) => sum + v, 0) / terms.length;
};

test('circle: value by definition, gradient with the weights held', () => {
  const { loss, matrix } = otherMatrixLosses[0]!;
  const held = viewOf(matrix, own, x);
  expectLoss(
    (t) => tf.tidy(() => loss(matrixFor(matrix, t), own)),
    (e) => definition(viewOf(matrix, own, e), held),
    x,
  );
});

const weighted = (values: number[], weights: number[]) =>
  values.reduce((total, v, i) => total + v * weights[i]!, 0) / weights.reduce((a, b) => a + b);

const weightsOf = (row: readonly number[]) => ({
  positive: [Math.exp(3 * (row[1]! - 0.8)), Math.exp(3 * (row[2]! - 0.8))],
  negative: [Math.exp(10 * (1.2 - row[3]!)), Math.exp(10 * (1.2 - row[4]!))],
});

test('ranked list: near violations weigh more, and the weights are held for the gradient', () => {
  const { loss } = otherMatrixLosses[1]!;
  const d = [[0, 0.9, 1.1, 0.5, 1.0]];
  const relation = Uint8Array.of(0, 1, 1, 2, 2);
  const held = weightsOf(d[0]!);
  const oracle = ([row]: number[][]) =>
    0.5 * weighted([row![1]! - 0.8, row![2]! - 0.8], held.positive) +
    0.5 * weighted([1.2 - row![3]!, 1.2 - row![4]!], held.negative);
  expectLoss((t) => loss(t, relation), oracle, d);
  expect(numericGradient(oracle, d)[0]![3]).toBeLessThan(numericGradient(oracle, d)[0]![4]!);
});
