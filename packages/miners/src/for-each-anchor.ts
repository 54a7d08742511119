import { InvalidArgumentError } from '@ft/errors';
import { Relation, type DistanceMatrix, type DistanceMeasure, type MinerBatch } from '@ft/miner-api';

/** What a strategy sees of one anchor. The arrays are valid until the next anchor comes. */
export interface AnchorRow {
  readonly anchor: number;
  /** Distances to every candidate in the measure that was asked for. */
  readonly distances: Float32Array;
  /** Candidates of the anchor's identity, itself excluded, in ascending order. */
  readonly positives: Int32Array;
  /** Candidates of another identity, in ascending order. */
  readonly negatives: Int32Array;
}

/** How a strategy wants the batch to be read. */
export interface RowReading {
  readonly where: string;
  readonly measure: DistanceMeasure;
  /** Positives farther away than this, in `measure`, are left out. */
  readonly maxPositiveDistance?: number | undefined;
}

/**
 * Visits the anchors in order, each with its distances, its positives and its negatives. One row is held at a
 * time, so that no strategy needs memory beyond its output.
 *
 * @throws InvalidArgumentError where the batch's distances cannot be turned into `reading.measure`
 */
export function forEachAnchor(batch: MinerBatch, reading: RowReading, visit: (row: AnchorRow) => void): void {
  const { anchors, candidates } = batch.distances;
  const limit = reading.maxPositiveDistance ?? Infinity;
  const readRow = rowReader(reading.where, batch.distances, reading.measure);
  const lists = { positives: new Int32Array(candidates), negatives: new Int32Array(candidates) };
  for (let anchor = 0; anchor < anchors; anchor++)
    visit(splitRow(batch, anchor, readRow(anchor), limit, lists));
}

/** Not a part of the loop that calls it: V8 optimises what is called often, and seldom what runs long. */
function splitRow(
  { distances: { candidates }, anchorLabels, candidateLabels, selfIndex, relation }: MinerBatch,
  anchor: number,
  distances: Float32Array,
  limit: number,
  { positives, negatives }: { readonly positives: Int32Array; readonly negatives: Int32Array },
): AnchorRow {
  const self = selfIndex[anchor]!;
  const label = anchorLabels[anchor]!;
  let positiveCount = 0;
  let negativeCount = 0;
  // Two loops, because the first is the common case and the hottest code of most strategies.
  if (relation === undefined) {
    for (let candidate = 0; candidate < candidates; candidate++) {
      if (candidateLabels[candidate] !== label) negatives[negativeCount++] = candidate;
      else if (candidate !== self && distances[candidate]! <= limit) positives[positiveCount++] = candidate;
    }
  } else {
    for (let candidate = 0; candidate < candidates; candidate++) {
      const kind = relation[anchor * candidates + candidate];
      if (candidate === self) continue;
      if (kind === Relation.negative) negatives[negativeCount++] = candidate;
      else if (kind === Relation.positive && distances[candidate]! <= limit) {
        positives[positiveCount++] = candidate;
      }
    }
  }
  return {
    anchor,
    distances,
    positives: positives.subarray(0, positiveCount),
    negatives: negatives.subarray(0, negativeCount),
  };
}

/** Gives row `anchor` of the matrix in another measure; a view where nothing has to be converted. */
function rowReader(
  where: string,
  matrix: DistanceMatrix,
  measure: DistanceMeasure,
): (anchor: number) => Float32Array {
  const { data, candidates } = matrix;
  const row = (anchor: number) => data.subarray(anchor * candidates, (anchor + 1) * candidates);
  if (matrix.measure === measure) return row;
  const convert = conversion(where, matrix, measure);
  const converted = new Float32Array(candidates);
  return (anchor) => {
    const given = row(anchor);
    for (let i = 0; i < candidates; i++) converted[i] = convert(given[i]!);
    return converted;
  };
}

/** On the unit sphere the three measures say the same: |a - b|^2 = 2 (1 - cos). Elsewhere cosine stands apart. */
export function conversion(
  where: string,
  { measure: from, normalized }: DistanceMatrix,
  to: DistanceMeasure,
): (distance: number) => number {
  if (!normalized && to === 'cosine') {
    throw new InvalidArgumentError({
      where,
      argument: 'batch.distances.measure',
      expected: '"cosine", or another measure of L2-normalised embeddings',
      got: from,
      remedy: 'L2-normalise the embeddings before taking distances.',
    });
  }
  const squared = (d: number) => (from === 'euclidean' ? d * d : from === 'cosine' ? 2 * d : d);
  if (to === 'squared-euclidean') return squared;
  if (to === 'cosine') return (d) => squared(d) / 2;
  // Matrix products leave squared distances a rounding error below zero.
  return (d) => Math.sqrt(Math.max(0, squared(d)));
}

/**
 * Refuses distances between embeddings of any length, for strategies whose margins live on the unit sphere.
 *
 * @throws InvalidArgumentError unless the embeddings were L2-normalised or the measure ignores their length
 */
export function requireUnitSphere(where: string, { normalized, measure }: DistanceMatrix): void {
  if (normalized || measure === 'cosine') return;
  throw new InvalidArgumentError({
    where,
    argument: 'batch.distances.normalized',
    expected: 'true',
    got: normalized,
    remedy: 'L2-normalise the embeddings before taking distances: the margin is meant for the unit sphere.',
  });
}
