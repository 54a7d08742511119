import { defineMiner, Relation } from '@ft/miner-api';

/**
 * For every matching pair (a, p) the anchor's `rank`-th nearest negative, or its farthest where there are fewer.
 * Of equal distances the lowest index comes first.
 *
 * @param {{ rank?: number }} [options] `rank`, an integer of at least 1, default 1
 */
export function nthNearest({ rank = 1, ...unknown } = {}) {
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw new TypeError(`nth-nearest has no option "${stray}", only "rank".`);
  if (!Number.isInteger(rank) || rank < 1) {
    throw new RangeError(`rank must be an integer of at least 1, got ${rank}.`);
  }
  return defineMiner({
    name: 'nth-nearest',
    output: 'triplets',
    options: { rank },
    // A pure function: it keeps nothing between calls, changes nothing it is given, and draws what is random
    // from its second argument, `{ random }`, only.
    mine(batch) {
      const { data, anchors: rows, candidates } = batch.distances;
      const anchors = [];
      const positives = [];
      const negatives = [];
      let considered = 0;
      let skipped = 0;
      for (let anchor = 0; anchor < rows; anchor++) {
        const matching = [];
        const others = [];
        for (let candidate = 0; candidate < candidates; candidate++) {
          if (candidate === batch.selfIndex[anchor]) continue;
          const relation = relationOf(batch, anchor, candidate);
          if (relation === Relation.positive) matching.push(candidate);
          if (relation === Relation.negative) others.push(candidate);
        }
        considered += matching.length;
        if (others.length === 0) {
          skipped += matching.length;
          continue;
        }
        const distance = (candidate) => data[anchor * candidates + candidate];
        others.sort((a, b) => distance(a) - distance(b) || a - b);
        const negative = others[Math.min(rank, others.length) - 1];
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

/** What a candidate is to an anchor. A relation, where the batch brings one, overrides the labels. */
function relationOf({ relation, distances, anchorLabels, candidateLabels }, anchor, candidate) {
  if (relation !== undefined) return relation[anchor * distances.candidates + candidate];
  return anchorLabels[anchor] === candidateLabels[candidate] ? Relation.positive : Relation.negative;
}
