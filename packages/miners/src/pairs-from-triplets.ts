import type { MinedPairs, MinedTriplets } from '@ft/miner-api';

/**
 * The pairs that triplets consist of, each distinct (anchor, candidate) once, in order of first appearance:
 * for contrastive losses on mined triplets.
 *
 * @param mined triplets; their statistics are handed on unchanged
 * @returns per triplet the pair (anchor, positive) with `same` 1 and (anchor, negative) with `same` 0
 */
export function pairsFromTriplets({ anchors, positives, negatives, statistics }: MinedTriplets): MinedPairs {
  let candidates = 0;
  for (let i = 0; i < anchors.length; i++) {
    candidates = Math.max(candidates, positives[i]! + 1, negatives[i]! + 1);
  }
  const seen = new Set<number>();
  const pairs: { anchor: number; candidate: number; same: number }[] = [];
  const add = (anchor: number, candidate: number, same: number) => {
    const key = anchor * candidates + candidate;
    if (seen.has(key)) return;
    seen.add(key);
    pairs.push({ anchor, candidate, same });
  };
  for (let i = 0; i < anchors.length; i++) {
    add(anchors[i]!, positives[i]!, 1);
    add(anchors[i]!, negatives[i]!, 0);
  }
  return {
    kind: 'pairs',
    anchors: Int32Array.from(pairs, ({ anchor }) => anchor),
    candidates: Int32Array.from(pairs, ({ candidate }) => candidate),
    same: Uint8Array.from(pairs, ({ same }) => same),
    statistics,
  };
}
