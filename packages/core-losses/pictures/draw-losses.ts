// Draws the pictures of docs/losses.md and docs/losses-with-weights.md from the losses themselves.
// Run with Node 22.18 or newer: node --conditions=@ft/source pictures/draw-losses.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import * as ft from '../src/index.ts';
import { lineChart, type Curve } from './line-chart.ts';

const folder = process.argv[2] ?? new URL('../../../docs/images/losses/', import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
await selectEngine();

const steps = (from: number, to: number, count = 81) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
const curve = (name: string, xs: number[], f: (x: number) => tf.Scalar): Curve => ({
  name,
  points: xs.map((x) => [x, tf.tidy(() => f(x).dataSync()[0]!)]),
});
const draw = (file: string, xLabel: string, curves: Curve[]) =>
  writeFileSync(`${folder}/${file}.svg`, lineChart({ xLabel, yLabel: 'loss', curves }));

// One anchor with two positives and two negatives, of which one each moves.
type OnMatrix = (matrix: tf.Tensor2D, relation: Uint8Array) => tf.Scalar;
const relation = Uint8Array.of(1, 1, 2, 2);

const onDistances: Record<string, OnMatrix> = {
  contrastive: (m, r) => ft.contrastiveLoss(m, r),
  'lifted-structure': (m, r) => ft.liftedStructureLoss(m, r, { ends: 'anchor' }),
  'generalized-lifted-structure': (m, r) => ft.generalizedLiftedStructureLoss(m, r),
  'ranked-list': (m, r) => ft.rankedListLoss(m, r),
  nca: (m, r) => ft.ncaLoss(m, r, { scale: 4 }),
  'fast-ap': (m, r) => ft.fastApLoss(m, r, { largest: 2 }),
};
for (const [file, loss] of Object.entries(onDistances)) {
  const xs = steps(0, 2);
  draw(file, 'distance', [
    curve('a positive moves', xs, (d) => loss(tf.tensor2d([[d, 0.5, 1, 1.2]]), relation)),
    curve('a negative moves', xs, (d) => loss(tf.tensor2d([[0.4, 0.5, d, 1.2]]), relation)),
  ]);
}

const onSimilarities: Record<string, OnMatrix> = {
  'multi-similarity': (m, r) => ft.multiSimilarityLoss(m, r, { beta: 10 }),
  circle: (m, r) => ft.circleLoss(m, r, { scale: 10 }),
  'nt-xent': (m, r) => ft.ntXentLoss(m, r, { temperature: 0.2 }),
  'sup-con': (m, r) => ft.supConLoss(m, r, { temperature: 0.2 }),
  tuplet: (m, r) => ft.tupletMarginLoss(m, r, { scale: 10 }),
  histogram: (m, r) => ft.histogramLoss(m, r, { bins: 20 }),
  'intra-pair-variance': (m, r) => ft.intraPairVarianceLoss(m, r),
  'threshold-consistent-margin': (m, r) => ft.thresholdConsistentMarginLoss(m, r),
  'smooth-ap': (m, r) => ft.smoothApLoss(m, r, { temperature: 0.05 }),
  pnp: (m, r) => ft.pnpLoss(m, r, { temperature: 0.05 }),
};
for (const [file, loss] of Object.entries(onSimilarities)) {
  const xs = steps(-0.5, 1);
  draw(file, 'cosine', [
    curve('a positive moves', xs, (s) => loss(tf.tensor2d([[s, 0.7, 0.3, 0.1]]), relation)),
    curve('a negative moves', xs, (s) => loss(tf.tensor2d([[0.8, 0.7, s, 0.1]]), relation)),
  ]);
}

const triplet = { anchors: Int32Array.of(0), positives: Int32Array.of(0), negatives: Int32Array.of(1) };
draw('triplet', 'd(anchor, negative) - d(anchor, positive)', [
  curve('hinge, margin 0.2', steps(-1, 1), (x) => ft.tripletLoss(tf.tensor2d([[1, 1 + x]]), triplet)),
  curve('softplus, margin 0.2', steps(-1, 1), (x) =>
    ft.tripletLoss(tf.tensor2d([[1, 1 + x]]), triplet, { form: 'softplus' }),
  ),
]);
draw('margin', 'distance', [
  curve('a positive moves', steps(0, 2), (d) =>
    ft.marginLoss(tf.tensor2d([[d, 2]]), triplet, { reduction: 'sum' }),
  ),
  curve('a negative moves', steps(0, 2), (d) =>
    ft.marginLoss(tf.tensor2d([[0, d]]), triplet, { reduction: 'sum' }),
  ),
]);
draw('multiple-negatives-ranking', 'cosine', [
  curve('the right candidate moves', steps(-0.5, 1), (s) =>
    ft.multipleNegativesRankingLoss(tf.tensor2d([[s, 0.3, 0.1]])),
  ),
  curve('another candidate moves', steps(-0.5, 1), (s) =>
    ft.multipleNegativesRankingLoss(tf.tensor2d([[0.8, s, 0.1]])),
  ),
]);

const onCircle = (...degrees: number[]) =>
  tf.tensor2d(degrees.map((d) => [Math.cos((d * Math.PI) / 180), Math.sin((d * Math.PI) / 180)]));
const three = ft.relationFromLabels(Int32Array.of(1, 1, 2));
draw(
  'angular',
  'angle of the negative, degrees',
  [10, 30, 50].map((positive) =>
    curve(`anchor at 0, positive at ${positive}`, steps(0, 180), (negative) =>
      ft.angularLoss(ft.pairwiseSimilarities(onCircle(0, positive, negative)), three),
    ),
  ),
);
draw('n-pairs', 'angle between the anchor and its positive, degrees', [
  curve('another pair at 90 degrees', steps(0, 180), (angle) =>
    ft.nPairsLoss(
      ft.pairwiseSimilarities(onCircle(0, angle, 90, 90)),
      ft.nPairsRelation(Int32Array.of(1, 1, 2, 2)),
    ),
  ),
]);
draw('centroid-triplet', 'place of a sample of class A', [
  curve('class A at 0 and 1, class B at 3', steps(-1, 4), (x) =>
    ft.centroidTripletLoss(tf.tensor2d([[x], [0], [1], [3]]), Int32Array.of(1, 1, 1, 2)),
  ),
]);
const views = tf.tensor2d([
  [1, 0.5],
  [-1, 1],
  [0.5, -1],
  [-0.5, -0.5],
]);
draw('vic-reg', 'scale of the embeddings', [
  curve('equal views', steps(0, 2), (s) => {
    const view = tf.mul<tf.Tensor2D>(views, s);
    return ft.vicRegLoss(view, view);
  }),
]);
draw('barlow-twins', 'share of the other coordinate', [
  curve('equal views', steps(0, 1), (s) => {
    const mixed = tf.add<tf.Tensor2D>(views, tf.mul(tf.reverse(views, 1), s));
    return ft.barlowTwinsLoss(mixed, mixed, { redundancy: 0.5 });
  }),
]);

// An embedding turns from its own class at 0 degrees to another at 120.
const weights = onCircle(0, 120);
const size = { classes: 2, dimension: 2, weights };
const angles = steps(0, 180, 91);
const turn = (name: string, loss: ft.WeightedLoss, length = 1) =>
  curve(name, angles, (angle) => loss.loss(tf.mul(onCircle(angle), length), Int32Array.of(0)));
const angleLabel = 'angle to the own class, degrees; another class at 120';
draw('margins', angleLabel, [
  turn('normalised softmax', ft.createNormalizedSoftmaxLoss({ ...size, temperature: 1 / 8 })),
  turn('CosFace', ft.createCosFaceLoss({ ...size, scale: 8 })),
  turn('ArcFace', ft.createArcFaceLoss({ ...size, scale: 8 })),
  turn('SphereFace, length 2', ft.createSphereFaceLoss(size), 2),
]);
/** A picture with a curve for each of a few values of what the loss depends on. */
const turns = (
  file: string,
  what: string,
  values: readonly number[],
  create: (value: number) => ft.WeightedLoss,
  length = 1,
) =>
  draw(
    file,
    angleLabel,
    values.map((value) => turn(`${what} ${value}`, create(value), length)),
  );
draw(
  'softmax',
  angleLabel,
  [1, 4, 8].map((length) => turn(`length ${length}`, ft.createSoftmaxLoss(size), length)),
);
turns('normalized-softmax', 'temperature', [0.125, 0.25, 0.5], (temperature) =>
  ft.createNormalizedSoftmaxLoss({ ...size, temperature }),
);
turns(
  'sphere-face',
  'length 8, margin',
  [1, 2, 4],
  (margin) => ft.createSphereFaceLoss({ ...size, margin }),
  8,
);
const longer = { ...size, weights: tf.mul<tf.Tensor2D>(weights, [[1], [2]]) };
draw('large-margin-softmax', `${angleLabel}, of length 2`, [
  turn('length 4, margin 1', ft.createLargeMarginSoftmaxLoss({ ...longer, margin: 1 }), 4),
  turn('length 4, margin 2', ft.createLargeMarginSoftmaxLoss({ ...longer, margin: 2 }), 4),
  turn('length 4, margin 4', ft.createLargeMarginSoftmaxLoss({ ...longer, margin: 4 }), 4),
]);
turns('cos-face', 'margin', [0, 0.2, 0.35], (margin) => ft.createCosFaceLoss({ ...size, scale: 8, margin }));
turns('arc-face', 'margin in degrees', [0, 15, 28.6], (margin) =>
  ft.createArcFaceLoss({ ...size, scale: 8, margin }),
);
draw('mag-face', angleLabel, [
  turn('length 10', ft.createMagFaceLoss({ ...size, scale: 8 }), 10),
  turn('length 60', ft.createMagFaceLoss({ ...size, scale: 8 }), 60),
  turn('length 110', ft.createMagFaceLoss({ ...size, scale: 8 }), 110),
]);
turns('proxy-nca', 'scale', [1, 2, 4], (scale) => ft.createProxyNcaLoss({ ...size, scale }));
turns('proxy-anchor', 'scale 8, margin', [0, 0.1, 0.3], (margin) =>
  ft.createProxyAnchorLoss({ ...size, scale: 8, margin }),
);
draw(
  'center',
  'angle to the centre of the own class, degrees; its length is 1',
  [0.5, 1, 1.5].map((length) => turn(`length ${length}`, ft.createCenterLoss(size), length)),
);
draw('p2s-grad', angleLabel, [turn('P2SGrad', ft.createP2sGradLoss(size))]);
const several = { classes: 2, dimension: 2, weights: onCircle(0, 60, 120, 150) };
const severalLabel = 'angle, degrees; own centres at 0 and 60, others at 120 and 150';
draw('sub-center-arc-face', severalLabel, [
  turn('both centres', ft.createSubCenterArcFaceLoss({ ...several, subCenters: 2, scale: 8 })),
  turn('the first of each alone', ft.createArcFaceLoss({ ...size, scale: 8 })),
]);
draw(
  'soft-triple',
  severalLabel,
  [0.05, 0.2, 1].map((gamma) =>
    turn(`temperature ${gamma}`, ft.createSoftTripleLoss({ ...several, centers: 2, scale: 8, gamma })),
  ),
);
