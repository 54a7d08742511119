import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from '../input/check-embeddings.ts';
import { checkNumber } from '../input/check-number.ts';
import { checkRows } from '../input/check-rows.ts';
import type { MetricSamples, SampleLoss } from './metric-problem.ts';
import { hingeLoss, logisticLoss, squaredHingeLoss } from './sample-losses.ts';

/** Pairs of embeddings; there must be same and different ones. */
export interface MetricPairs {
  /** Row of the first embedding of each pair, [pairs]. */
  readonly a: Int32Array;
  /** Row of the second one, [pairs]. */
  readonly b: Int32Array;
  /** 1 or true where both are of one identity, [pairs]. */
  readonly same: ArrayLike<number | boolean>;
}

/** Triplets of embeddings, as rows, [triplets] each. `MinedTriplets` of @ft/miner-api is of this shape. */
export interface MetricTriplets {
  readonly anchors: Int32Array;
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
}

/** What a metric is learned from: pairs by the logistic loss, or triplets by a hinge. */
export interface MetricInput {
  /** Row-major [count x dimension], finite. Any scale; unit length and whitened embeddings suit the defaults. */
  readonly embeddings: Float32Array;
  /** Length of one embedding, >= 1. */
  readonly dimension: number;
  /** Either these or `triplets`. Same and different pairs weigh alike, however many there are of each. */
  readonly pairs?: MetricPairs;
  readonly triplets?: MetricTriplets;
  /** How much farther than its positive an anchor's negative should be, > 0. Default 1. Triplets only. */
  readonly margin?: number;
  /** `'hinge'` by default. Triplets only; pairs have the logistic loss. */
  readonly tripletLoss?: 'hinge' | 'squared-hinge';
}

/**
 * Checks what a metric is to be learned from.
 *
 * @throws InvalidArgumentError
 */
export function readMetricInput(
  where: string,
  { embeddings, dimension, pairs, triplets, margin = 1, tripletLoss = 'hinge' }: MetricInput,
): { samples: MetricSamples; loss: SampleLoss; smooth: boolean } {
  const count = checkEmbeddings(where, embeddings, dimension);
  if ((pairs === undefined) === (triplets === undefined)) {
    throw new InvalidArgumentError({
      where,
      argument: 'pairs',
      expected: 'given, or triplets, one of the two',
      got: pairs === undefined ? 'neither' : 'both',
    });
  }
  const base = { embeddings, dimension };
  if (pairs !== undefined) {
    const { a, b, same } = pairs;
    checkRows(where, { 'pairs.a': a, 'pairs.b': b }, count);
    const strata = splitPairs(where, same, a.length);
    return { samples: { ...base, near: [a, b], far: null, strata }, loss: logisticLoss(same), smooth: true };
  }
  const { anchors, positives, negatives } = triplets!;
  checkRows(
    where,
    { 'triplets.anchors': anchors, 'triplets.positives': positives, 'triplets.negatives': negatives },
    count,
  );
  if (anchors.length === 0) {
    throw new InvalidArgumentError({ where, argument: 'triplets', expected: 'one triplet at least', got: 0 });
  }
  checkNumber(where, 'margin', margin, { least: 0, open: true });
  if (tripletLoss !== 'hinge' && tripletLoss !== 'squared-hinge') {
    throw new InvalidArgumentError({
      where,
      argument: 'tripletLoss',
      expected: "'hinge' or 'squared-hinge'",
      got: tripletLoss,
    });
  }
  return {
    samples: {
      ...base,
      near: [anchors, positives],
      far: [anchors, negatives],
      strata: [anchors.map((_, i) => i)],
    },
    loss: tripletLoss === 'hinge' ? hingeLoss(margin) : squaredHingeLoss(margin),
    smooth: tripletLoss !== 'hinge',
  };
}

function splitPairs(where: string, same: ArrayLike<number | boolean>, count: number): Int32Array[] {
  if (same.length !== count) {
    throw new InvalidArgumentError({
      where,
      argument: 'pairs.same',
      expected: `of the length of pairs.a, ${count}`,
      got: same,
    });
  }
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const strata = [all.filter((i) => Boolean(same[i])), all.filter((i) => !same[i])];
  for (const [kind, stratum] of strata.entries()) {
    if (stratum.length > 0) continue;
    throw new InvalidArgumentError({
      where,
      argument: 'pairs.same',
      expected: 'of both kinds, same and different pairs',
      got: kind === 0 ? 'no same pair' : 'no different pair',
      remedy: 'A metric is learned from the contrast of the two.',
    });
  }
  return strata;
}
