import { InvalidArgumentError } from '@ft/errors';
import type { Neighbors } from './neighbor-index.ts';

/** For every identity the others it is confused with, most confused first. */
export type ConfusableIdentities = ReadonlyMap<number, readonly number[]>;

/**
 * Which identities look alike, from the neighbours of all images: what a sampler of hard batches needs to know.
 *
 * @param neighbors of every image among all images, one query for each label; itself and images of its own
 *   identity are passed over
 * @param labels identity of every image
 * @returns for every identity of `labels` the others found near it, by the distance of their nearest pair of
 *   images; of equal distances the lower label
 * @throws InvalidArgumentError where there is not one query for each label
 */
export function confusableIdentities(neighbors: Neighbors, labels: Int32Array): ConfusableIdentities {
  if (neighbors.queries !== labels.length) {
    throw new InvalidArgumentError({
      where: 'confusableIdentities',
      argument: 'neighbors',
      expected: `of ${labels.length} queries, one for each label`,
      got: neighbors.queries,
    });
  }
  const nearest = new Map<number, Map<number, number>>();
  for (const label of labels) if (!nearest.has(label)) nearest.set(label, new Map());
  neighbors.items.forEach((item, cell) => {
    if (item === -1) return;
    const own = labels[Math.floor(cell / neighbors.k)]!;
    const other = labels[item]!;
    if (own === other) return;
    const distance = neighbors.distances[cell]!;
    const others = nearest.get(own)!;
    others.set(other, Math.min(distance, others.get(other) ?? Infinity));
  });
  return new Map(
    [...nearest].map(([own, others]) => [
      own,
      [...others].sort(([a, x], [b, y]) => x - y || a - b).map(([other]) => other),
    ]),
  );
}
