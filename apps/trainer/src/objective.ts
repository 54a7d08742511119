import { contrastiveLoss, tripletLoss } from '@ft/core-losses';
import { InvalidArgumentError } from '@ft/errors';
import type { MinedTriplets, Miner } from '@ft/miner-api';
import { pairsFromTriplets } from '@ft/miners';
import type { Objective } from '@ft/training';
import type { RunConfig } from './config.ts';

/**
 * The loss of a run on the distances that it is defined on: squared Euclidean for triplets, Euclidean for pairs.
 *
 * @throws InvalidArgumentError where the miner gives pairs and the loss takes triplets
 */
export function objectiveOf({ loss, margin }: Pick<RunConfig, 'loss' | 'margin'>, miner: Miner): Objective {
  if (loss === 'contrastive') {
    return {
      measure: 'euclidean',
      loss(distances, mined) {
        const pairs = mined.kind === 'pairs' ? mined : pairsFromTriplets(mined);
        return contrastiveLoss(distances, pairs, { margin, checkFinite: false });
      },
    };
  }
  if (miner.output !== 'triplets') {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--miner',
      expected: 'one that gives triplets, for the triplet loss',
      got: `${miner.name}, which gives ${miner.output}`,
      remedy: 'See `ft miners list`, or train with --loss contrastive.',
    });
  }
  return {
    measure: 'squared-euclidean',
    loss: (distances, mined) =>
      tripletLoss(distances, mined as MinedTriplets, { margin, checkFinite: false }),
  };
}
