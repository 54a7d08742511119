import * as ft from '@ft/core-losses';
import * as tf from '@tensorflow/tfjs-core';
import type { Operation, Operations } from '../operation.ts';
import { fourEach, normalRows } from '../random-batch.ts';

const DIMENSION = 128;
const options = { checkFinite: false };

const unit = (x: tf.Tensor2D) => ft.l2Normalize(x);
const euclidean = (x: tf.Tensor2D) => ft.pairwiseDistances(unit(x), undefined, options);
const squared = (x: tf.Tensor2D) =>
  ft.pairwiseDistances(unit(x), undefined, { measure: 'squared-euclidean', ...options });
const cosine = (x: tf.Tensor2D) => ft.pairwiseSimilarities(x, undefined, options);

/** As the peer: apart, linear, and the mean over what is not zero. */
const contrastive = {
  ...options,
  form: 'linear',
  sides: 'apart',
  reduction: 'non-zero-mean',
} as const;

interface Batch {
  readonly labels: Int32Array;
  readonly relation: Uint8Array;
  readonly triplets: ft.Triplets;
}

/** Losses of a batch, from the embeddings on. Normalising and the matrix are part of it, as in the peer. */
const matrixLosses: Record<string, (x: tf.Tensor2D, batch: Batch) => tf.Scalar> = {
  triplet: (x, { triplets }) => ft.tripletLoss(euclidean(x), triplets, options),
  margin: (x, { triplets }) => ft.marginLoss(euclidean(x), triplets, options),
  contrastive: (x, { relation }) => ft.contrastiveLoss(euclidean(x), relation, contrastive),
  lifted: (x, { relation }) => ft.liftedStructureLoss(euclidean(x), relation, options),
  'generalized lifted': (x, { relation }) =>
    ft.generalizedLiftedStructureLoss(euclidean(x), relation, options),
  'ranked list': (x, { relation }) => ft.rankedListLoss(euclidean(x), relation, options),
  nca: (x, { relation }) => ft.ncaLoss(squared(x), relation, options),
  'fast-ap': (x, { relation }) => ft.fastApLoss(squared(x), relation, options),
  'multi-similarity': (x, { relation }) => ft.multiSimilarityLoss(cosine(x), relation, options),
  circle: (x, { relation }) => ft.circleLoss(cosine(x), relation, options),
  'nt-xent': (x, { relation }) => ft.ntXentLoss(cosine(x), relation, options),
  'sup-con': (x, { relation }) => ft.supConLoss(cosine(x), relation, options),
  'n-pairs'(x, { labels }) {
    // The first two rows of every four, as the peer takes them out, too.
    const count = labels.length / 4;
    const dimension = x.shape[1];
    const fours = tf.reshape(x, [count, 4 * dimension]) as tf.Tensor2D;
    const [anchors, positives] = [0, 1].map((rank) =>
      tf.slice(fours, [0, rank * dimension], [count, dimension]),
    );
    const identities = labels.filter((_, row) => row % 4 === 0);
    const similarities = ft.pairwiseSimilarities(anchors!, positives, options);
    return ft.nPairsLoss(similarities, ft.relationFromLabels(identities, identities), options);
  },
  tuplet: (x, { relation }) => ft.tupletMarginLoss(cosine(x), relation, options),
  angular: (x, { relation }) => ft.angularLoss(cosine(x), relation, options),
  histogram: (x, { relation }) => ft.histogramLoss(cosine(x), relation, options),
  'intra-pair variance': (x, { relation }) => ft.intraPairVarianceLoss(cosine(x), relation, options),
  'snr contrastive': (x, { relation }) =>
    ft.contrastiveLoss(ft.snrDistances(unit(x), undefined, options), relation, contrastive),
  'threshold-consistent margin': (x, { relation }) =>
    ft.thresholdConsistentMarginLoss(cosine(x), relation, options),
  'smooth-ap': (x, { relation }) => ft.smoothApLoss(cosine(x), relation, options),
  pnp: (x, { relation }) => ft.pnpLoss(cosine(x), relation, options),
  'vic-reg': (x) => {
    const [a, b] = tf.split(x, 2) as [tf.Tensor2D, tf.Tensor2D];
    return ft.vicRegLoss(a, b, options);
  },
};

const weightedLosses: Record<string, (options: ft.WeightedLossOptions) => ft.WeightedLoss> = {
  softmax: ft.createSoftmaxLoss,
  'normalized softmax': ft.createNormalizedSoftmaxLoss,
  sphereface: ft.createSphereFaceLoss,
  'large-margin softmax': ft.createLargeMarginSoftmaxLoss,
  cosface: ft.createCosFaceLoss,
  arcface: ft.createArcFaceLoss,
  'sub-center arcface': ft.createSubCenterArcFaceLoss,
  'proxy-nca': ft.createProxyNcaLoss,
  'proxy-anchor': ft.createProxyAnchorLoss,
  'soft-triple': ft.createSoftTripleLoss,
  'p2s-grad': ft.createP2sGradLoss,
};

export const matrixLossNames = Object.keys(matrixLosses);
export const weightedLossNames = Object.keys(weightedLosses);

/** Loss and gradient of one batch, four images of each identity; `classes` where there are more than in the batch. */
export const lossOperations: Operations = {
  loss({ name, batch, dimension: given = DIMENSION, classes }) {
    const labels = fourEach(batch as number);
    const dimension = given as number;
    const x = tf.tidy(() =>
      tf.variable(tf.tensor2d(normalRows(batch as number, dimension), [batch as number, dimension])),
    );
    const matrixLoss = matrixLosses[name as string];
    if (matrixLoss !== undefined) {
      const triplets = everyPositive(labels);
      // The peer finds out who counts in every run, too.
      const context = {
        labels,
        triplets,
        get relation() {
          return ft.relationFromLabels(labels);
        },
      };
      return timed([x], () => matrixLoss(x, context));
    }
    const { loss, trainableVariables } = weightedLosses[name as string]!({
      classes: (classes as number | undefined) ?? labels.at(-1)! + 1,
      dimension,
      ...options,
    });
    return timed([x, ...trainableVariables()], () => loss(x, labels));
  },
};

/** Runs a loss with its gradient to all the variables, and reads both. */
function timed(variables: tf.Variable[], loss: () => tf.Scalar): Operation {
  return {
    async run() {
      const { value, grads } = tf.variableGrads(loss, variables);
      await value.data();
      await grads[variables[0]!.name]!.data();
      tf.dispose([value, grads]);
    },
    dispose: () => tf.dispose(variables),
  };
}

/** A triplet for each ordered pair of one identity, against the next identity's image of the same rank. */
function everyPositive(labels: Int32Array): ft.Triplets {
  const anchors: number[] = [];
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let anchor = 0; anchor < labels.length; anchor++) {
    for (let k = 1; k < 4; k++) {
      anchors.push(anchor);
      positives.push((anchor & ~3) + ((anchor + k) & 3));
      negatives.push((anchor + 4 * k) % labels.length);
    }
  }
  return {
    anchors: Int32Array.from(anchors),
    positives: Int32Array.from(positives),
    negatives: Int32Array.from(negatives),
  };
}
