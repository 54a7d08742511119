import { contrastiveLoss, multiSimilarityLoss, supConLoss, tripletLoss } from '@ft/core-losses';
import { InvalidArgumentError } from '@ft/errors';
import type { Mined, MinedTriplets, Miner } from '@ft/miner-api';
import { pairsFromTriplets } from '@ft/miners';
import type { Objective } from '@ft/training';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from './config.ts';

const DIRECT = { checkFinite: false };

/**
 * The loss of a run on the distances that it is defined on: squared Euclidean for triplets, Euclidean for contrastive
 * pairs, cosines for multi-similarity and SupCon. All but the triplet loss take what is mined as pairs.
 *
 * @throws InvalidArgumentError where the miner gives pairs and the loss takes triplets
 */
export function objectiveOf(
  { loss, margin, temperature }: Pick<RunConfig, 'loss' | 'margin' | 'temperature'>,
  miner: Miner,
): Objective {
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
