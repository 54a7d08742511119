import * as tf from '@tensorflow/tfjs-core';
import * as ft from '../src/index.ts';
import { mean, relu, sum } from './oracles.ts';

// Every loss that takes a matrix and a relation, with its definition written out in loops.

export interface MatrixLoss {
  readonly name: string;
  readonly matrix: 'euclidean' | 'squared-euclidean' | 'cosine-similarity';
  readonly loss: (matrix: tf.Tensor2D, selection: ft.PairSelection) => tf.Scalar;
  /** Row i of `positive` and `negative` holds the values of the positives and negatives of anchor i. */
  readonly oracle: (view: OracleView) => number;
  /** Relative tolerance of value and gradient. */
  readonly tolerance?: number;
}

export interface OracleView {
  readonly values: number[][];
  readonly positive: number[][];
  readonly negative: number[][];
  /** Columns of the positives and negatives of anchor i. */
  readonly positiveAt: number[][];
  readonly negativeAt: number[][];
}

const logSumExp = (values: number[]) => {
  const top = Math.max(...values);
  return top + Math.log(sum(values.map((v) => Math.exp(v - top))));
};

/** The mean of f over anchors that have what is needed. */
const perAnchor = (
  { positive, negative }: OracleView,
  f: (p: number[], n: number[], i: number) => number,
  needs: { p?: boolean; n?: boolean } = {},
) =>
  mean(
    positive.flatMap((p, i) =>
      (needs.p === true && p.length === 0) || (needs.n === true && negative[i]!.length === 0)
        ? []
        : [f(p, negative[i]!, i)],
    ),
  );

/** The mean of f over positive pairs. */
const perPositive = (
  { positive, negative, positiveAt }: OracleView,
  f: (p: number, n: number[], i: number, j: number) => number,
) => mean(positive.flatMap((row, i) => row.map((p, k) => f(p, negative[i]!, i, positiveAt[i]![k]!))));

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const pulse = (values: number[], node: number) =>
  sum(values.map((d) => relu(1 - Math.abs(d - (4 / 7) * node) / (4 / 7))));

const histogram = (values: number[]) =>
  Array.from({ length: 10 }, (_, node) =>
    mean(values.map((s) => relu(1 - Math.abs(Math.min(1, s) + 1 - (2 / 9) * node) / (2 / 9)))),
  );

export const matrixLosses: readonly MatrixLoss[] = [
  {
    name: 'contrastiveLoss',
    matrix: 'euclidean',
    loss: (m, s) => ft.contrastiveLoss(m, s, { margin: 1.3 }),
    oracle: ({ positive, negative }) =>
      mean([...positive.flat().map((d) => relu(d) ** 2), ...negative.flat().map((d) => relu(1.3 - d) ** 2)]),
  },
  {
    name: 'liftedStructureLoss',
    matrix: 'euclidean',
    loss: (m, s) => ft.liftedStructureLoss(m, s, { ends: 'anchor', positiveMargin: 0.1 }),
    oracle: (view) =>
      perPositive(view, (p, n) =>
        n.length === 0 ? 0 : relu(p - 0.1 + logSumExp(n.map((d) => 1 - d))) ** 2 / 2,
      ),
  },
  {
    name: 'generalizedLiftedStructureLoss',
    matrix: 'euclidean',
    loss: (m, s) => ft.generalizedLiftedStructureLoss(m, s, { margin: 0.9, positiveMargin: 0.1 }),
    oracle: (view) =>
      perAnchor(view, (p, n) => relu(logSumExp(p.map((d) => d - 0.1)) + logSumExp(n.map((d) => 0.9 - d))), {
        p: true,
        n: true,
      }),
  },
  {
    name: 'rankedListLoss',
    matrix: 'euclidean',
    // A temperature of 0 weighs all alike, so that constant weights have the gradient of the definition.
    loss: (m, s) => ft.rankedListLoss(m, s, { negativeTemperature: 0, balance: 0.3 }),
    oracle: (view) =>
      perAnchor(
        view,
        (p, n) =>
          0.7 * mean(p.map((d) => d - 0.8).filter((v) => v > 0)) +
          0.3 * mean(n.map((d) => 1.2 - d).filter((v) => v > 0)),
      ),
  },
  {
    name: 'ncaLoss',
    matrix: 'squared-euclidean',
    loss: (m, s) => ft.ncaLoss(m, s, { scale: 1.5 }),
    oracle: (view) =>
      perAnchor(
        view,
        (p, n) => logSumExp([...p, ...n].map((d) => -1.5 * d)) - logSumExp(p.map((d) => -1.5 * d)),
        { p: true },
      ),
  },
  {
    name: 'softNearestNeighborLoss',
    matrix: 'squared-euclidean',
    loss: (m, s) => ft.softNearestNeighborLoss(m, s, { temperature: 0.5 }),
    oracle: (view) =>
      perAnchor(
        view,
        (p, n) => logSumExp([...p, ...n].map((d) => -2 * d)) - logSumExp(p.map((d) => -2 * d)),
        { p: true },
      ),
  },
  {
    name: 'fastApLoss',
    matrix: 'squared-euclidean',
    loss: (m, s) => ft.fastApLoss(m, s, { bins: 7 }),
    oracle: (view) => {
      return perAnchor(
        view,
        (p, n) => {
          let [found, seen, precision] = [0, 0, 0];
          for (let node = 0; node <= 7; node++) {
            found += pulse(p, node);
            seen += pulse(p, node) + pulse(n, node);
            if (seen > 0) precision += (pulse(p, node) * found) / seen;
          }
          return 1 - precision / p.length;
        },
        { p: true },
      );
    },
  },
  {
    name: 'multiSimilarityLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.multiSimilarityLoss(m, s, { alpha: 3, beta: 10, base: 0.4 }),
    oracle: (view) =>
      perAnchor(
        view,
        (p, n) =>
          Math.log(1 + sum(p.map((s) => Math.exp(-3 * (s - 0.4))))) / 3 +
          Math.log(1 + sum(n.map((s) => Math.exp(10 * (s - 0.4))))) / 10,
      ),
  },
  {
    name: 'ntXentLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.ntXentLoss(m, s, { temperature: 0.3 }),
    oracle: (view) => perPositive(view, (p, n) => logSumExp([p, ...n].map((s) => s / 0.3)) - p / 0.3),
  },
  {
    name: 'supConLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.supConLoss(m, s, { temperature: 0.3 }),
    oracle: (view) =>
      perAnchor(view, (p, n) => logSumExp([...p, ...n].map((s) => s / 0.3)) - mean(p) / 0.3, { p: true }),
  },
  {
    name: 'tupletMarginLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.tupletMarginLoss(m, s, { margin: 10, scale: 8 }),
    oracle: (view) =>
      perPositive(view, (p, n) => {
        const target = Math.cos(Math.acos(Math.min(1, p)) - (10 * Math.PI) / 180);
        return Math.log(1 + sum(n.map((s) => Math.exp(8 * (s - target)))));
      }),
  },
  {
    name: 'intraPairVarianceLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.intraPairVarianceLoss(m, s, { positiveTolerance: 0.02, negativeTolerance: 0.03 }),
    oracle: ({ positive, negative }) => {
      const [p, n] = [positive.flat(), negative.flat()];
      return (
        mean(p.map((s) => relu(0.98 * mean(p) - s) ** 2)) + mean(n.map((s) => relu(s - 1.03 * mean(n)) ** 2))
      );
    },
  },
  {
    name: 'thresholdConsistentMarginLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.thresholdConsistentMarginLoss(m, s, { positiveMargin: 0.7, negativeWeight: 0.5 }),
    oracle: ({ positive, negative }) =>
      mean(
        positive
          .flat()
          .map((s) => 0.7 - s)
          .filter((v) => v > 0),
      ) +
      0.5 *
        mean(
          negative
            .flat()
            .map((s) => s - 0.5)
            .filter((v) => v > 0),
        ),
  },
  {
    name: 'histogramLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.histogramLoss(m, s, { bins: 9 }),
    oracle: ({ positive, negative }) => {
      const [p, n] = [histogram(positive.flat()), histogram(negative.flat())];
      return sum(n.map((share, node) => share * sum(p.slice(0, node + 1))));
    },
  },
  {
    name: 'smoothApLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.smoothApLoss(m, s, { temperature: 0.1 }),
    oracle: (view) =>
      perAnchor(
        view,
        (p, n) => {
          const precisions = p.map((level, k) => {
            const before = (values: number[]) => sum(values.map((s) => sigmoid((s - level) / 0.1)));
            const found = 1 + before(p.filter((_, other) => other !== k));
            return found / (found + before(n));
          });
          return 1 - mean(precisions);
        },
        { p: true },
      ),
  },
  {
    name: 'pnpLoss',
    matrix: 'cosine-similarity',
    loss: (m, s) => ft.pnpLoss(m, s, { temperature: 0.2, alpha: 3 }),
    oracle: (view) =>
      perAnchor(
        view,
        (p, n) => mean(p.map((level) => 1 - (1 + sum(n.map((s) => sigmoid((s - level) / 0.2)))) ** -3)),
        { p: true },
      ),
  },
];

/** Losses whose gradient is not that of the value, or that need more than one matrix; checked by themselves. */
export const otherMatrixLosses: readonly Omit<MatrixLoss, 'oracle'>[] = [
  { name: 'circleLoss', matrix: 'cosine-similarity', loss: (m, s) => ft.circleLoss(m, s) },
  {
    name: 'rankedListLoss with temperatures',
    matrix: 'euclidean',
    loss: (m, s) => ft.rankedListLoss(m, s, { positiveTemperature: 3 }),
  },
];
