import {
  contrastiveLoss,
  l2Normalize,
  multiSimilarityLoss,
  pairwiseDistances,
  supConLoss,
  tripletLoss,
} from '@ft/core-losses';
import { InvalidArgumentError } from '@ft/errors';
import type { Mined, MinedTriplets, Miner } from '@ft/miner-api';
import { pairsFromTriplets } from '@ft/miners';
import type { TupleObjective } from '@ft/training';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from './config.ts';

const DIRECT = { checkFinite: false };

/**
 * The loss of a run on the distances that it is defined on: squared Euclidean for triplets, Euclidean for contrastive
 * pairs, cosines for multi-similarity and SupCon. All but the triplet loss take what is mined as pairs.
 *
 * Where the embedding has parts, each has the loss of its own, as if it were a network of its own, on what was mined
 * by the whole; the result is their mean.
 *
 * @throws InvalidArgumentError where the miner gives pairs and the loss takes triplets, or parts would be compared with
 *   a memory of whole embeddings
 */
export function objectiveOf(
  config: Pick<RunConfig, 'loss' | 'margin' | 'temperature' | 'memory'>,
  miner: Miner,
  parts: number,
): TupleObjective {
  const whole = wholeObjective(config, miner);
  if (parts === 1) return whole;
  if (config.memory > 0) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: 'memory',
      expected: `0 for a network whose embedding has ${parts} parts`,
      got: config.memory,
    });
  }
  const { measure } = whole;
  return {
    measure,
    loss(_distances, mined, { embeddings, labels }) {
      const losses = tf.split(embeddings, parts, 1).map((part) => {
        const own = l2Normalize(part as tf.Tensor2D);
        const distances = pairwiseDistances(own, undefined, { measure, ...DIRECT });
        return whole.loss(distances, mined, { embeddings: own, labels });
      });
      return tf.mean(tf.stack(losses)) as tf.Scalar;
    },
  };
}

function wholeObjective(
  { loss, margin, temperature }: Pick<RunConfig, 'loss' | 'margin' | 'temperature'>,
  miner: Miner,
): TupleObjective {
  switch (loss) {
    case 'triplet':
      requireTriplets(miner);
      return {
        measure: 'squared-euclidean',
        loss: (distances, mined) =>
          tripletLoss(distances, mined as MinedTriplets, { margin: margin!, ...DIRECT }),
      };
    case 'contrastive':
      return {
        measure: 'euclidean',
        loss: (distances, mined) =>
          contrastiveLoss(distances, pairsOf(mined), { margin: margin!, ...DIRECT }),
      };
    case 'multi-similarity':
      return {
        measure: 'cosine',
        loss: (distances, mined) => multiSimilarityLoss(tf.sub(1, distances), pairsOf(mined), DIRECT),
      };
    case 'sup-con':
      return {
        measure: 'cosine',
        loss: (distances, mined) =>
          supConLoss(tf.sub(1, distances), pairsOf(mined), { temperature: temperature!, ...DIRECT }),
      };
  }
}

function pairsOf(mined: Mined) {
  return mined.kind === 'pairs' ? mined : pairsFromTriplets(mined);
}

function requireTriplets(miner: Miner): void {
  if (miner.output === 'triplets') return;
  throw new InvalidArgumentError({
    where: 'ft',
    argument: '--miner',
    expected: 'one that gives triplets, for the triplet loss',
    got: `${miner.name}, which gives ${miner.output}`,
    remedy: 'See `ft miners list`, or train with --loss contrastive.',
  });
}
