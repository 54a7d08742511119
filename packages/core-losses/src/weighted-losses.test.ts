import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectClose, expectLoss, numericGradient, randomMatrix, type Matrix } from '../test/expect-loss.ts';
import { onEveryPath } from '../test/select-backend.ts';
import { cosine, dot, matrixOf, mean, squared, sum } from '../test/oracles.ts';
import * as ft from './index.ts';

const x = randomMatrix(7, 4, 1);
const labels = Int32Array.of(2, 0, 1, 1, 2, 0, 2);
const size = { classes: 3, dimension: 4 };
const crossEntropy = (logits: number[][]) =>
  mean(logits.map((row, i) => Math.log(sum(row.map(Math.exp))) - row[labels[i]!]!));
const withTarget = (cosines: number[][], f: (target: number, row: number) => number) =>
  cosines.map((row, i) => row.map((c, j) => (j === labels[i] ? f(c, i) : c)));
const degrees = Math.PI / 180;

const sphereFaceLogits = (e: Matrix, w: Matrix, margin: number) =>
  withTarget(matrixOf(cosine, e, w), (c) => {
    const k = Math.floor((margin * Math.acos(c)) / Math.PI);
    return (-1) ** k * Math.cos(margin * Math.acos(c)) - 2 * k;
  }).map((row, i) => row.map((v) => v * Math.hypot(...e[i]!)));

interface Case {
  create: (options: ft.WeightedLossOptions) => ft.WeightedLoss;
  rows: number;
  oracle: (x: Matrix, w: Matrix) => number;
}
const scaled = (m: number[][], scale: number) => m.map((row) => row.map((v) => v * scale));

const cases: Record<string, Case> = {
  createSoftmaxLoss: {
    create: ft.createSoftmaxLoss,
    rows: 3,
    oracle: (e, w) => crossEntropy(matrixOf(dot, e, w)),
  },
  createNormalizedSoftmaxLoss: {
    create: (o) => ft.createNormalizedSoftmaxLoss({ ...o, temperature: 0.2 }),
    rows: 3,
    oracle: (e, w) => crossEntropy(scaled(matrixOf(cosine, e, w), 5)),
  },
  createCosFaceLoss: {
    create: (o) => ft.createCosFaceLoss({ ...o, scale: 8 }),
    rows: 3,
    oracle: (e, w) =>
      crossEntropy(
        scaled(
          withTarget(matrixOf(cosine, e, w), (c) => c - 0.35),
          8,
        ),
      ),
  },
  createArcFaceLoss: {
    create: (o) => ft.createArcFaceLoss({ ...o, scale: 8, margin: 100 }),
    rows: 3,
    oracle: (e, w) =>
      crossEntropy(
        scaled(
          withTarget(matrixOf(cosine, e, w), (c) =>
            Math.acos(c) <= 80 * degrees
              ? Math.cos(Math.acos(c) + 100 * degrees)
              : c - 100 * degrees * Math.sin(100 * degrees),
          ),
          8,
        ),
      ),
  },
  createSubCenterArcFaceLoss: {
    create: (o) => ft.createSubCenterArcFaceLoss({ ...o, subCenters: 2, scale: 8 }),
    rows: 6,
    oracle: (e, w) => {
      const cosines = matrixOf(cosine, e, w).map((row) =>
        [0, 1, 2].map((c) => Math.max(row[2 * c]!, row[2 * c + 1]!)),
      );
      return crossEntropy(
        scaled(
          withTarget(cosines, (c) => Math.cos(Math.acos(c) + 28.6 * degrees)),
          8,
        ),
      );
    },
  },
  createSphereFaceLoss: {
    create: ft.createSphereFaceLoss,
    rows: 3,
    oracle: (e, w) => crossEntropy(sphereFaceLogits(e, w, 4)),
  },
  createLargeMarginSoftmaxLoss: {
    create: (o) => ft.createLargeMarginSoftmaxLoss({ ...o, margin: 3 }),
    rows: 3,
    oracle: (e, w) =>
      crossEntropy(sphereFaceLogits(e, w, 3).map((row) => row.map((v, j) => v * Math.hypot(...w[j]!)))),
  },
  createMagFaceLoss: {
    create: (o) => ft.createMagFaceLoss({ ...o, lengths: [1, 3], scale: 8, lengthWeight: 0.5 }),
    rows: 3,
    oracle: (e, w) => {
      const length = e.map((row) => Math.min(3, Math.max(1, Math.hypot(...row))));
      const margin = length.map((a) => (25.78 + ((45.84 - 25.78) * (a - 1)) / 2) * degrees);
      const cosines = withTarget(matrixOf(cosine, e, w), (c, i) =>
        c >= -Math.cos(margin[i]!)
          ? Math.cos(Math.acos(c) + margin[i]!)
          : c - margin[i]! * Math.sin(margin[i]!),
      );
      return crossEntropy(scaled(cosines, 8)) + 0.5 * mean(length.map((a) => a / 9 + 1 / a));
    },
  },
  createProxyNcaLoss: {
    create: ft.createProxyNcaLoss,
    rows: 3,
    oracle: (e, w) => crossEntropy(matrixOf((a, b) => 2 * cosine(a, b) - 2, e, w)),
  },
  createProxyAnchorLoss: {
    create: (o) => ft.createProxyAnchorLoss({ ...o, scale: 4 }),
    rows: 3,
    oracle: (e, w) => {
      const cosines = matrixOf(cosine, w, e);
      const pull = cosines.map((row, c) =>
        Math.log(1 + sum(row.map((s, i) => (labels[i] === c ? Math.exp(-4 * (s - 0.1)) : 0)))),
      );
      const push = cosines.map((row, c) =>
        Math.log(1 + sum(row.map((s, i) => (labels[i] === c ? 0 : Math.exp(4 * (s + 0.1)))))),
      );
      return mean(pull) + mean(push);
    },
  },
  createSoftTripleLoss: {
    create: (o) => ft.createSoftTripleLoss({ ...o, centers: 2, scale: 8 }),
    rows: 6,
    oracle: (e, w) => {
      const similarities = matrixOf(cosine, e, w).map((row) =>
        [0, 1, 2].map((c) => {
          const [a, b] = [row[2 * c]!, row[2 * c + 1]!];
          const [p, q] = [Math.exp(a / 0.1), Math.exp(b / 0.1)];
          return (p * a + q * b) / (p + q);
        }),
      );
      return crossEntropy(
        scaled(
          withTarget(similarities, (s) => s - 0.01),
          8,
        ),
      );
    },
  },
  createCenterLoss: {
    create: ft.createCenterLoss,
    rows: 3,
    oracle: (e, w) => mean(e.map((row, i) => squared(row, w[labels[i]!]!) / 2)),
  },
  createP2sGradLoss: {
    create: ft.createP2sGradLoss,
    rows: 3,
    oracle: (e, w) =>
      mean(matrixOf(cosine, e, w).flatMap((row, i) => row.map((c, j) => (c - Number(j === labels[i])) ** 2))),
  },
};

const firstWeights = (create: Case['create'], seed: number) => {
  const loss = create({ ...size, seed });
  const data = loss.trainableVariables().map((variable) => [...variable.dataSync()]);
  expect(loss.trainableVariables()[0]).toBe(loss.trainableVariables()[0]);
  loss.dispose();
  return data;
};

describe.each(Object.entries(cases))('%s', (where, { create, rows, oracle }) => {
  const weights = randomMatrix(rows, 4, 2);

  test('value and gradients agree with loops', () => {
    const first = tf.tensor2d(weights);
    const loss = create({ ...size, weights: first });
    expectLoss(
      (t) => loss.loss(t, labels),
      (e) => oracle(e, weights),
      x,
    );
    const slopes = numericGradient((w) => oracle(x, w), weights).flat();
    const variable = loss.trainableVariables()[0]!;
    const input = tf.tensor2d(x);
    onEveryPath(() => {
      // A multiple, so that the gradient of the loss is not 1.
      const { value, grads } = tf.variableGrads(
        () => tf.mul(loss.loss(input, labels), 3) as tf.Scalar,
        [variable],
      );
      const gradient = grads[variable.name]!;
      expectClose(
        [...gradient.dataSync()],
        slopes.map((slope) => 3 * slope),
        1e-5,
      );
      tf.dispose([value, gradient]);
    });
    tf.dispose([input, first]);
    loss.dispose();
  });

  test('first weights depend on the seed only; variables keep their order; dispose frees all', () => {
    const before = tf.memory().numTensors;
    expect(firstWeights(create, 1)).toEqual(firstWeights(create, 1));
    expect(firstWeights(create, 1)).not.toEqual(firstWeights(create, 2));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('aligned, opposite and zero embeddings: finite', () => {
    const first = tf.tensor2d(weights);
    const loss = create({ ...size, weights: first });
    for (const scale of [1, -1, 0, 1e6, 1e-12]) {
      const input = tf.tensor2d(
        labels.reduce<number[][]>((all, label) => {
          all.push(weights[(label * rows) / 3]!.map((v) => v * scale));
          return all;
        }, []),
      );
      const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => loss.loss(t as tf.Tensor2D, labels))(input);
      expect([...value.dataSync(), ...grad.dataSync()].every(Number.isFinite)).toBe(true);
      tf.dispose([input, value, grad]);
    }
    loss.dispose();
    first.dispose();
  });

  test('bad input is refused', () => {
    const loss = create(size);
    tf.tidy(() => {
      const good = tf.tensor2d(x);
      expect(() => loss.loss(good, Int32Array.of(0, 1, 2, 3, 0, 0, 0))).toThrow(
        `${where}: labels[3] must be from 0 to 2, got 3.`,
      );
      expect(() => loss.loss(tf.ones([7, 3]), labels)).toThrow(`${where}: embeddings must be of dimension 4`);
      expect(() =>
        loss.loss(tf.tensor2d(x.map((row, i) => (i === 5 ? [0, 0, Number.NaN, 0] : row))), labels),
      ).toThrow('most in row 5.');
      expect(() => create({ ...size, weights: tf.ones([2, 4]) })).toThrow(
        `${where}: weights must be of shape [${rows}, 4]`,
      );
    });
    expect(() => create({ ...size, classes: 0 })).toThrow(
      `${where}: classes must be an integer of at least 1, got 0.`,
    );
    expect(() => create({ ...size, seed: 0.5 })).toThrow('seed must be a safe integer');
    loss.dispose();
  });
});

test('logits classify', () => {
  const weights = tf.tensor2d([
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ]);
  for (const create of [
    ft.createSoftmaxLoss,
    ft.createArcFaceLoss,
    ft.createProxyAnchorLoss,
    ft.createP2sGradLoss,
  ]) {
    const loss = create({ ...size, weights });
    const found = tf.tidy(() =>
      tf
        .argMax(
          loss.logits(
            tf.tensor2d([
              [0, 2, 0, 1],
              [3, 0, 1, 0],
            ]),
          ),
          1,
        )
        .dataSync(),
    );
    expect([...found]).toEqual([1, 0]);
    loss.dispose();
  }
  weights.dispose();
});

test('sub-centre outliers are far from the centre of most of their class', () => {
  const weights = tf.tensor2d([
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ]);
  const loss = ft.createSubCenterArcFaceLoss({ classes: 2, dimension: 2, subCenters: 2, weights });
  const embeddings = tf.tensor2d([
    [1, 0.1],
    [0.1, 1],
    [1, -0.1],
    [-1, 0],
    [0.2, -1],
    [-0.2, -1],
  ]);
  // Class 0 gathers at its first centre, class 1 at its second.
  expect([...loss.outliers(embeddings, Int32Array.of(0, 0, 0, 1, 1, 1))]).toEqual([1, 3]);
  expect([...loss.outliers(embeddings, Int32Array.of(0, 0, 0, 1, 1, 1), 95)]).toEqual([]);
  expectClose([loss.trainableVariables()[0]!.size], [8], 0);
  tf.dispose([weights, embeddings]);
  loss.dispose();
});

/** Value and gradients of a loss by numbers that were read, then by tensors alone. */
function onEachPath(create: () => ft.WeightedLoss, rows: Matrix, targets: Int32Array): number[][] {
  const found: number[][] = [];
  onEveryPath(() => {
    const loss = create();
    const variables = loss.trainableVariables();
    const embeddings = tf.tidy(() => tf.variable(tf.tensor2d(rows as number[][])));
    const { value, grads } = tf.variableGrads(
      () => loss.loss(embeddings as unknown as tf.Tensor2D, targets),
      [embeddings, ...variables],
    );
    found.push([...value.dataSync(), ...Object.values(grads).flatMap((grad) => [...grad.dataSync()])]);
    tf.dispose([value, grads, embeddings]);
    loss.dispose();
  });
  return found;
}

test.each(['mean', 'non-zero-mean', 'sum'] as const)('the reduction %s is that of tensors', (reduction) => {
  for (const create of [ft.createSoftmaxLoss, ft.createCosFaceLoss, ft.createSphereFaceLoss]) {
    const [onHost, onTensors] = onEachPath(() => create({ ...size, reduction, seed: 3 }), x, labels);
    expectClose(onHost!, onTensors!, 1e-5);
  }
});

test('logits too far apart for the softmax of float32', () => {
  const [onHost, onTensors] = onEachPath(
    () => ft.createArcFaceLoss({ ...size, scale: 1000, seed: 3 }),
    x,
    labels,
  );
  expect(onHost![0]).toBeGreaterThan(100);
  expectClose(onHost!, onTensors!, 1e-5);
});
