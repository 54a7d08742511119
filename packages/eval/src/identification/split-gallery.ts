import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/miner-api';
import { rowsByLabel } from '../embeddings/rows-by-label.ts';

/** Rows of a labelled set by their part in an identification test. */
export interface GallerySplit {
  /** Enrolled images. */
  readonly gallery: Int32Array;
  /** Other images of enrolled people. */
  readonly known: Int32Array;
  /** Images of people who are not enrolled. */
  readonly unknown: Int32Array;
}

/** How to split. */
export interface GallerySplitOptions {
  readonly random: Random;
  /** Images enrolled of each person, >= 1; 1 by default. */
  readonly imagesPerPerson?: number;
  /** Fewest images of a person who may be enrolled; one more than are enrolled by default. */
  readonly minimumImages?: number;
  /** People to enrol, drawn from those with enough images; all of them by default. */
  readonly people?: number;
}

/**
 * Splits a labelled set at random into a gallery, probes of the people in it, and probes of other people.
 *
 * @param labels identity of each row, [count]
 * @returns the rows of each part; every row is in exactly one of them
 * @throws InvalidArgumentError where too few people have enough images
 */
export function splitGallery(labels: Int32Array, options: GallerySplitOptions): GallerySplit {
  const where = 'splitGallery';
  const { random, imagesPerPerson = 1, minimumImages = imagesPerPerson + 1 } = options;
  if (!Number.isInteger(imagesPerPerson) || imagesPerPerson < 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'imagesPerPerson',
      expected: 'an integer from 1',
      got: imagesPerPerson,
    });
  }
  if (!Number.isInteger(minimumImages) || minimumImages < imagesPerPerson) {
    throw new InvalidArgumentError({
      where,
      argument: 'minimumImages',
      expected: `an integer from imagesPerPerson, ${imagesPerPerson}`,
      got: minimumImages,
    });
  }
  const groups = [...rowsByLabel(labels).values()];
  const candidates = groups.filter((rows) => rows.length >= minimumImages);
  const people = options.people ?? candidates.length;
  if (!Number.isInteger(people) || people < 1 || people > candidates.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'people',
      expected: `an integer from 1 to ${candidates.length}, those with ${minimumImages} images`,
      got: people,
    });
  }
  shuffle(candidates, random);
  const enrolled = new Set(candidates.slice(0, people));
  const gallery: number[] = [];
  const known: number[] = [];
  const unknown: number[] = [];
  for (const rows of groups) {
    if (!enrolled.has(rows)) {
      unknown.push(...rows);
      continue;
    }
    const drawn = shuffle([...rows], random);
    gallery.push(...drawn.slice(0, imagesPerPerson));
    known.push(...drawn.slice(imagesPerPerson));
  }
  return {
    gallery: Int32Array.from(gallery).sort(),
    known: Int32Array.from(known).sort(),
    unknown: Int32Array.from(unknown),
  };
}

/** Fisher and Yates' shuffle, in place. */
function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
