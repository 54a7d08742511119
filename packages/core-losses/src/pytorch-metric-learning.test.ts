import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose } from '../test/expect-loss.ts';
import { onEveryPath } from '../test/select-backend.ts';
import * as ft from './index.ts';

// Values and gradients of the established PyTorch package, made by fixtures/make-fixtures.py.
const fixture = JSON.parse(readFileSync(new URL('../fixtures/losses.json', import.meta.url), 'utf8')) as {
  x: number[];
  labels: number[];
  reference: number[];
  referenceLabels: number[];
  x16: number[];
  sortedLabels: number[];
  dimension: number;
  classes: number;
  cases: Record<string, { value: number; gradients: number[][]; weights?: number[] }>;
};
const labels = Int32Array.from(fixture.labels);
const referenceLabels = Int32Array.from(fixture.referenceLabels);
const sortedLabels = Int32Array.from(fixture.sortedLabels);
const rowsOf = (numbers: number[]) =>
  tf.tensor2d(numbers, [numbers.length / fixture.dimension, fixture.dimension]);

type Embeddings = [x: tf.Tensor2D, y?: tf.Tensor2D];

function check(
  name: string,
  tolerance: number,
  inputs: number[][],
  loss: (...x: tf.Tensor2D[]) => tf.Scalar,
) {
  const { value: expected, gradients } = fixture.cases[name]!;
  onEveryPath(() => {
    const before = tf.memory().numTensors;
    const [value, got] = tf.tidy(() => {
      const { value: scalar, grads } = tf.valueAndGrads((...x: tf.Tensor[]) => loss(...(x as tf.Tensor2D[])))(
        inputs.map(rowsOf),
      );
      return [scalar.dataSync()[0]!, grads.map((gradient) => [...gradient.dataSync()])];
    });
    expect(tf.memory().numTensors).toBe(before);
    expectClose([value!], [expected], tolerance);
    got.forEach((gradient, i) => expectClose(gradient, gradients[i]!, tolerance));
  });
}

const unit = (x: Embeddings) => x.map((rows) => ft.l2Normalize(rows!)) as Embeddings;
const euclidean = (...x: Embeddings) => ft.pairwiseDistances(...unit(x));
const squared = (...x: Embeddings) => {
  const [a, b] = unit(x);
  return ft.pairwiseDistances(a, b, { measure: 'squared-euclidean' });
};
const cosine = (...x: Embeddings) => ft.pairwiseSimilarities(...x);

/** All triplets of a relation, in order. */
function allTriplets(relation: Uint8Array, columns: number): ft.Triplets {
  const found: [number, number, number][] = [];
  for (let a = 0; a < relation.length / columns; a++) {
    for (let p = 0; p < columns; p++) {
      for (let n = 0; n < columns; n++) {
        if (relation[a * columns + p] === 1 && relation[a * columns + n] === 2) found.push([a, p, n]);
      }
    }
  }
  const column = (i: 0 | 1 | 2) => Int32Array.from(found, (triplet) => triplet[i]);
  return { anchors: column(0), positives: column(1), negatives: column(2) };
}

type OnRelation = (x: Embeddings, relation: Uint8Array, triplets: ft.Triplets) => tf.Scalar;

const onRelation: Record<string, OnRelation> = {
  triplet: (x, _, t) => ft.tripletLoss(euclidean(...x), t, { margin: 0.2, reduction: 'non-zero-mean' }),
  'triplet softplus mean': (x, _, t) => ft.tripletLoss(euclidean(...x), t, { margin: 0.2, form: 'softplus' }),
  'triplet threshold': (x, _, t) =>
    ft.tripletLoss(euclidean(...x), t, { margin: 0.2, reduction: ft.thresholdMean({ low: 0.1, high: 0.4 }) }),
  contrastive: (x, r) =>
    ft.contrastiveLoss(euclidean(...x), r, {
      form: 'linear',
      positiveMargin: 0.1,
      margin: 1.2,
      sides: 'apart',
      reduction: 'non-zero-mean',
    }),
  'contrastive sum': (x, r) => ft.contrastiveLoss(euclidean(...x), r, { form: 'linear', reduction: 'sum' }),
  margin: (x, _, t) => ft.marginLoss(euclidean(...x), t),
  'multi-similarity': (x, r) => ft.multiSimilarityLoss(cosine(...x), r),
  'generalized lifted': (x, r) => ft.generalizedLiftedStructureLoss(euclidean(...x), r),
  circle: (x, r) => ft.circleLoss(cosine(...x), r, { scale: 8, reduction: 'non-zero-mean' }),
  nca: (x, r) => ft.ncaLoss(squared(...x), r, { scale: 1.5 }),
  'nt-xent': (x, r) => ft.ntXentLoss(cosine(...x), r, { temperature: 0.2 }),
  'sup-con': (x, r) => ft.supConLoss(cosine(...x), r, { temperature: 0.2 }),
  tuplet: (x, r) => ft.tupletMarginLoss(cosine(...x), r, { scale: 16 }),
  'intra-pair variance': (x, r) => ft.intraPairVarianceLoss(cosine(...x), r),
  'snr contrastive': (x, r) =>
    ft.contrastiveLoss(ft.snrDistances(...unit(x)), r, {
      form: 'linear',
      margin: 2,
      sides: 'apart',
      reduction: 'non-zero-mean',
    }),
};

test.each(Object.entries(onRelation))('%s', (name, loss) => {
  const own = ft.relationFromLabels(labels);
  check(name, 1e-5, [fixture.x], (x) => loss([x!], own, allTriplets(own, 12)));
  const other = ft.relationFromLabels(labels, referenceLabels);
  check(`${name} with a reference set`, 1e-5, [fixture.x, fixture.reference], (x, r) =>
    loss([x!, r!], other, allTriplets(other, 10)),
  );
});

const own = ft.relationFromLabels(labels);
const onBatch: Record<string, (x: tf.Tensor2D) => tf.Scalar> = {
  'triplet swap': (x) => {
    const d = euclidean(x);
    return ft.tripletLoss(d, allTriplets(own, 12), { swap: d, reduction: 'non-zero-mean' });
  },
  lifted: (x) => ft.liftedStructureLoss(euclidean(x), own),
  'n-pairs': (x) => ft.nPairsLoss(cosine(x), ft.nPairsRelation(labels)),
  'threshold-consistent margin': (x) =>
    ft.thresholdConsistentMarginLoss(cosine(x), own, { positiveMargin: 0.6, negativeMargin: 0.1 }),
  'fast-ap': (x) => ft.fastApLoss(squared(x), own),
  histogram: (x) => ft.histogramLoss(cosine(x), own, { bins: 20 }),
  angular: (x) => ft.angularLoss(cosine(x), own),
  'regularizer length': (x) => ft.lengthRegularizer(x),
  'regularizer squared length': (x) => ft.lengthRegularizer(x, { power: 2 }),
  'regularizer zero mean': ft.zeroMeanRegularizer,
  'regularizer center invariant': ft.centerInvariantRegularizer,
  'regularizer regular face': ft.regularFaceRegularizer,
  'regularizer sparse centers': (x) => ft.sparseCentersRegularizer(x, { centers: 3 }),
};

test.each(Object.entries(onBatch))('%s', (name, loss) => {
  check(name, 1e-5, [fixture.x], (x) => loss(x!));
});

test('angular with a reference set', () => {
  const relation = ft.relationFromLabels(labels, referenceLabels);
  check('angular with a reference set', 1e-5, [fixture.x, fixture.reference], (x, r) =>
    ft.angularLoss(cosine(x!, r!), relation, { candidateSimilarities: cosine(r!) }),
  );
});

// The peer counts the anchor itself among its positives.
const withSelf = ft.relationFromLabels(sortedLabels, sortedLabels);
const ranked: Record<string, (s: tf.Tensor2D) => tf.Scalar> = {
  'smooth-ap': (s) => ft.smoothApLoss(s, withSelf, { temperature: 0.1 }),
  'pnp O': (s) => ft.pnpLoss(s, withSelf, { variant: 'plain', temperature: 0.1 }),
  'pnp Ds': (s) => ft.pnpLoss(s, withSelf, { variant: 'decreasing-log', temperature: 0.1 }),
  'pnp Dq': (s) => ft.pnpLoss(s, withSelf, { temperature: 0.1 }),
  'pnp Iu': (s) => ft.pnpLoss(s, withSelf, { variant: 'increasing-log', temperature: 0.1 }),
  'pnp Ib': (s) => ft.pnpLoss(s, withSelf, { variant: 'increasing-bounded', temperature: 0.1 }),
};

test.each(Object.entries(ranked))('%s', (name, loss) => {
  check(name, 1e-5, [fixture.x16], (x) => loss(cosine(x!)));
});

test('vicreg', () => {
  check('vicreg', 1e-5, [fixture.x.slice(0, 60), fixture.reference], (x, y) => ft.vicRegLoss(x!, y!));
});

test('ranked list: the peer adds 1e-5 for every sample to its divisors', () => {
  const value = tf.tidy(
    () => ft.rankedListLoss(euclidean(rowsOf(fixture.x)), own, { negativeTemperature: 2 }).dataSync()[0]!,
  );
  expectClose([value], [fixture.cases['ranked list']!.value], 1e-4);
});

const { classes, dimension } = fixture;
const size = { classes, dimension };
const weighted: Record<string, (weights: tf.Tensor2D) => ft.WeightedLoss> = {
  arcface: (weights) => ft.createArcFaceLoss({ ...size, weights, scale: 8 }),
  'arcface beyond 180 degrees': (weights) =>
    ft.createArcFaceLoss({ ...size, weights, scale: 8, margin: 120 }),
  cosface: (weights) => ft.createCosFaceLoss({ ...size, weights, scale: 8 }),
  sphereface: (weights) => ft.createSphereFaceLoss({ ...size, weights }),
  'large-margin softmax': (weights) => ft.createLargeMarginSoftmaxLoss({ ...size, weights, margin: 3 }),
  'sub-center arcface': (weights) => ft.createSubCenterArcFaceLoss({ ...size, weights, scale: 8 }),
  'normalized softmax': (weights) => ft.createNormalizedSoftmaxLoss({ ...size, weights, temperature: 0.2 }),
  'soft-triple': (weights) => ft.createSoftTripleLoss({ ...size, weights, centers: 2 }),
  'proxy-nca': (weights) => ft.createProxyNcaLoss({ ...size, weights, scale: 2 }),
  'proxy-anchor': (weights) => ft.createProxyAnchorLoss({ ...size, weights, scale: 4 }),
};

test.each(Object.entries(weighted))('%s', (name, create) => {
  const { value: expected, gradients, weights } = fixture.cases[name]!;
  const before = tf.memory().numTensors;
  const first = rowsOf(weights!);
  const loss = create(first);
  first.dispose();
  const x = tf.tidy(() => tf.variable(rowsOf(fixture.x)));
  const variables = loss.trainableVariables();
  const { value, grads } = tf.variableGrads(
    () => loss.loss(x as unknown as tf.Tensor2D, labels),
    [x, ...variables],
  );
  expectClose([value.dataSync()[0]!], [expected], 1e-5);
  [x, ...variables].forEach((variable, i) => {
    expectClose([...grads[variable.name]!.dataSync()], gradients[i]!, 1e-5);
  });
  tf.dispose([value, grads, x]);
  loss.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
