import { InvalidArgumentError } from '@ft/errors';
import type { EmbeddingView, MinerBatch } from '@ft/miner-api';
import { defineTripletStrategy } from '../define-strategy.ts';
import { measure, type Measured, type TripletLimits } from '../option-fields.ts';

export interface HardestClusterOptions extends TripletLimits, Measured {}

/**
 * For every anchor the farthest member of its own cluster against the nearest other cluster.
 *
 * A cluster is the candidates of one label, its centre the mean of their embeddings. With c the centre of the
 * anchor's label: the positive farthest from c; among the anchor's negatives, the label whose centre is nearest
 * to c, and of that label the negative nearest to c. Nearness is Euclidean; `measure` matters to
 * `maxPositiveDistance` only. An anchor that lacks either is skipped. Of equal distances the lowest index.
 * `statistics.considered` counts the anchors.
 *
 * @throws InvalidArgumentError on a wrong option; on mining, where the batch brings no embeddings
 * @see Alex et al., "Cluster loss for person re-identification" (2018)
 */
export const hardestCluster = defineTripletStrategy<HardestClusterOptions>()({
  name: 'hardest-cluster',
  fields: { measure },
  rule(_, { where, batch, forEachAnchor, add, tally }) {
    const { embeddings } = batch;
    if (embeddings === undefined) {
      throw new InvalidArgumentError({
        where,
        argument: 'batch.embeddings',
        expected: 'given, because centres are means of coordinates',
        got: embeddings,
      });
    }
    const { centres, clusterOf } = clusterCentres(batch, embeddings);
    const toCluster = squaredDistances(centres, centres, embeddings.dimension);
    const toCentre = squaredDistances(embeddings.candidates, centres, embeddings.dimension);
    const ownCluster = new Map<number, number>();
    clusterOf.forEach((cluster, candidate) => ownCluster.set(batch.candidateLabels[candidate]!, cluster));

    // Anchors of one label share their cluster's distances to all others.
    const between = new Map<number, Float64Array>();
    const distancesFrom = (own: number) => {
      const row =
        between.get(own) ?? Float64Array.from({ length: ownCluster.size }, (_v, i) => toCluster(i, own));
      between.set(own, row);
      return row;
    };

    forEachAnchor(({ anchor, positives, negatives }) => {
      tally.consider();
      const own = ownCluster.get(batch.anchorLabels[anchor]!);
      if (own === undefined || positives.length === 0) return tally.skip('no positive');
      if (negatives.length === 0) return tally.skip('no negative');
      const positive = least(positives, (p) => -toCentre(p, own));
      const clusterDistance = distancesFrom(own);
      const nearest = clusterOf[least(negatives, (n) => clusterDistance[clusterOf[n]!]!)];
      const negative = least(negatives, (n) => (clusterOf[n] === nearest ? toCentre(n, own) : Infinity));
      add(anchor, positive, negative);
    });
  },
});

/** Row-major centres in order of first appearance, and the cluster of every candidate. */
function clusterCentres({ candidateLabels }: MinerBatch, { candidates, dimension }: EmbeddingView) {
  const clusters = new Map<number, number>();
  const clusterOf = candidateLabels.map((label) => {
    if (!clusters.has(label)) clusters.set(label, clusters.size);
    return clusters.get(label)!;
  });
  const centres = new Float64Array(clusters.size * dimension);
  const sizes = new Float64Array(clusters.size);
  clusterOf.forEach((cluster, candidate) => {
    sizes[cluster]! += 1;
    for (let k = 0; k < dimension; k++) {
      centres[cluster * dimension + k]! += candidates[candidate * dimension + k]!;
    }
  });
  return { centres: centres.map((sum, i) => sum / sizes[Math.floor(i / dimension)]!), clusterOf };
}

function squaredDistances(
  rows: Float32Array | Float64Array,
  columns: Float64Array,
  dimension: number,
): (row: number, column: number) => number {
  return (row, column) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) {
      sum += (rows[row * dimension + k]! - columns[column * dimension + k]!) ** 2;
    }
    return sum;
  };
}

/** The first candidate for which `cost` is least. */
function least(candidates: Int32Array, cost: (candidate: number) => number): number {
  let [best, lowest] = [candidates[0]!, Infinity];
  for (let i = 0; i < candidates.length; i++) {
    const value = cost(candidates[i]!);
    if (value >= lowest) continue;
    lowest = value;
    best = candidates[i]!;
  }
  return best;
}
