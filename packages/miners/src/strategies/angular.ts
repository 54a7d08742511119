import { InvalidArgumentError } from '@ft/errors';
import type { MinerBatch } from '@ft/miner-api';
import { z } from 'zod';
import { defineTripletStrategy } from '../define-strategy.ts';
import { conversion } from '../for-each-anchor.ts';
import type { TripletLimits } from '../option-fields.ts';

export interface AngularOptions extends TripletLimits {
  /** α in degrees, above 0 and below 90. Default 20. */
  readonly angle?: number;
}

const degrees = 'a number above 0 and below 90';

/**
 * Every triplet whose negative sees the pair (a, p) under too wide an angle.
 *
 * With c = (a + p) / 2: those with atan(‖a − p‖ / (2 ‖n − c‖)) > α, strict, ‖n − c‖ following from the three
 * sides of the triangle. `statistics.considered` counts the matching ordered pairs; one without a triplet is
 * skipped. Distances between candidates come from the matrix where the candidates are anchors too, and from
 * the batch's embeddings otherwise.
 *
 * @throws InvalidArgumentError on a wrong option; on mining, where a candidate is no anchor and the batch
 *   brings no embeddings
 * @see Wang et al., "Deep metric learning with angular loss" (2017)
 */
export const angular = defineTripletStrategy<AngularOptions>()({
  name: 'angular',
  fields: { angle: z.number(degrees).gt(0, degrees).lt(90, degrees).default(20) },
  measure: 'squared-euclidean',
  rule({ angle }, { where, batch, forEachAnchor, addAll, tally }) {
    const wide = new Int32Array(batch.distances.candidates);
    const tangent = Math.tan((angle * Math.PI) / 180);
    const rowOf = candidateRows(where, batch);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      for (const positive of positives) {
        const base = distances[positive]!;
        const fromPositive = rowOf(positive);
        let found = 0;
        for (let j = 0; j < negatives.length; j++) {
          const negative = negatives[j]!;
          // Apollonius: the median's square from the squares of the three sides.
          const median = (distances[negative]! + fromPositive(negative)) / 2 - base / 4;
          if (base > 4 * tangent * tangent * median) wide[found++] = negative;
        }
        addAll(anchor, positive, wide, found);
        if (found === 0) tally.skip('every angle small enough');
      }
    });
  },
});

/** Squared distances from one candidate to the others. */
function candidateRows(where: string, batch: MinerBatch): (candidate: number) => (other: number) => number {
  const { distances, selfIndex, embeddings } = batch;
  const { data, candidates } = distances;
  const rowOf = new Int32Array(candidates).fill(-1);
  selfIndex.forEach((candidate, anchor) => {
    if (candidate !== -1) rowOf[candidate] = anchor;
  });
  const squared = conversion(where, distances, 'squared-euclidean');
  return (candidate) => {
    const row = rowOf[candidate]!;
    if (row !== -1) return (other) => squared(data[row * candidates + other]!);
    if (embeddings === undefined) {
      throw new InvalidArgumentError({
        where,
        argument: 'batch.embeddings',
        expected: 'given where candidates are not anchors themselves',
        got: embeddings,
      });
    }
    const { candidates: points, dimension } = embeddings;
    return (other) => {
      let sum = 0;
      let own = 0;
      let its = 0;
      for (let k = 0; k < dimension; k++) {
        const x = points[candidate * dimension + k]!;
        const y = points[other * dimension + k]!;
        sum += x * y;
        own += x * x;
        its += y * y;
      }
      return distances.measure === 'cosine' ? 2 - (2 * sum) / Math.sqrt(own * its) : own + its - 2 * sum;
    };
  };
}
