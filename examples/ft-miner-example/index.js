import { defineMiner, Relation } from '@ft/miner-api';

/**
 * For every matching pair (a, p) the negative at a quantile of the anchor's distances to its negatives: 0 is
 * the nearest, 1 the farthest, 0.5 the median. Of equal distances the lowest index.
 *
 * @param {{ quantile?: number }} [options] `quantile` in [0, 1], default 0.5
 */
export function quantileNegative({ quantile = 0.5, ...unknown } = {}) {
  const [stray] = Object.keys(unknown);
  if (stray !== undefined)
    throw new TypeError(`quantile-negative has no option "${stray}", only "quantile".`);
  if (!(quantile >= 0 && quantile <= 1)) {
    throw new RangeError(`quantile must be a number in [0, 1], got ${quantile}.`);
  }
  return defineMiner({
    name: 'quantile-negative',
    output: 'triplets',
    options: { quantile },
    mine(batch) {
      const { data, anchors: rows, candidates } = batch.distances;
      const anchors = [];
      const positives = [];
      const negatives = [];
      let considered = 0;
      let skipped = 0;
      for (let anchor = 0; anchor < rows; anchor++) {
        const distance = (candidate) => data[anchor * candidates + candidate];
        const related = (kind) =>
          Array.from({ length: candidates }, (_, candidate) => candidate).filter(
            (candidate) =>
              candidate !== batch.selfIndex[anchor] && relationOf(batch, anchor, candidate) === kind,
          );
        const matching = related(Relation.positive);
        const others = related(Relation.negative).sort((a, b) => distance(a) - distance(b) || a - b);
        considered += matching.length;
        if (others.length === 0) {
          skipped += matching.length;
          continue;
        }
        const negative = others[Math.round(quantile * (others.length - 1))];
        for (const positive of matching) {
          anchors.push(anchor);
          positives.push(positive);
          negatives.push(negative);
        }
      }
      return {
        kind: 'triplets',
        anchors: Int32Array.from(anchors),
        positives: Int32Array.from(positives),
        negatives: Int32Array.from(negatives),
        statistics: { considered, skipped: skipped > 0 ? { 'no negative': skipped } : {} },
      };
    },
  });
}

/** The relation overrides the labels where the batch brings one. */
function relationOf({ relation, distances, anchorLabels, candidateLabels }, anchor, candidate) {
  if (relation !== undefined) return relation[anchor * distances.candidates + candidate];
  return anchorLabels[anchor] === candidateLabels[candidate] ? Relation.positive : Relation.negative;
}
