import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import { imagesByLabel } from './images-by-label.ts';

/** Image indices of two sets of people that share nobody, both rising. */
export interface IdentitySplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Splits images so that no identity is on both sides, stratified by the number of images an identity has.
 *
 * @param labels the label of each image
 * @param options.fraction the share of the identities that goes to `test`, in (0, 1)
 * @param options.random decides who goes where
 * @throws InvalidArgumentError where a side would be left without an identity
 */
export function splitIdentities(
  labels: ArrayLike<number>,
  { fraction, random }: { readonly fraction: number; readonly random: Random },
): IdentitySplit {
  if (!(fraction > 0 && fraction < 1)) {
    throw new InvalidArgumentError({
      where: 'splitIdentities',
      argument: 'fraction',
      expected: 'a number between 0 and 1, both excluded',
      got: fraction,
    });
  }
  const groups = [...imagesByLabel(labels).values()];
  // Sorted by size after a shuffle, equal steps through the list take the same share of every size.
  random.shuffle(groups).sort((a, b) => a.length - b.length);
  const start = random.next();
  const train: number[] = [];
  const test: number[] = [];
  let testPeople = 0;
  groups.forEach((group, rank) => {
    const chosen = Math.floor((rank + 1) * fraction + start) > Math.floor(rank * fraction + start);
    if (chosen) testPeople += 1;
    for (const index of group) (chosen ? test : train).push(index);
  });
  if (testPeople === 0 || testPeople === groups.length) {
    throw new InvalidArgumentError({
      where: 'splitIdentities',
      argument: 'labels',
      expected: `enough identities for a test share of ${fraction} to leave some on both sides`,
      got: groups.length,
      remedy: 'Add identities or change the fraction.',
    });
  }
  return { train: Int32Array.from(train).sort(), test: Int32Array.from(test).sort() };
}
