import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import { imagesByLabel } from './images-by-label.ts';

/** Where a sampler stands; plain data that survives JSON. */
export interface SamplerState {
  /** Epochs begun before the current one. */
  readonly epoch: number;
  /** Batches already drawn in this epoch. */
  readonly batch: number;
  /** The random state with which this epoch began. */
  readonly random: readonly number[];
}

/** Draws batches of image indices, without end. */
export interface BatchSampler {
  /** Image indices of the next batch, the images of a person side by side. */
  next(): Int32Array;
  /** How many batches show every usable person at least once. */
  readonly batchesPerEpoch: number;
  /** How many people have enough images to take part. */
  readonly usablePeople: number;
  state(): SamplerState;
  /** Goes back to a state that {@link BatchSampler.state} gave: the same batches follow. */
  restore(state: SamplerState): void;
}

/** What the samplers have in common. */
export interface SamplerOptions {
  /** The label of each image. */
  readonly labels: ArrayLike<number>;
  /** Belongs to the sampler alone: {@link BatchSampler.restore} rewinds it. */
  readonly random: Random;
  /** Use at most this many images of a person, evenly spread over that person's images; from 2. */
  readonly maxImagesPerIdentity?: number;
}

/** One person that can be drawn. */
export interface Person {
  readonly label: number;
  /** Image indices, rising. */
  readonly images: Int32Array;
}

/** Decides who is in which batch of an epoch: lists of positions in the people, `people` in each. */
export type EpochPlan = (random: Random) => readonly (readonly number[])[];

/** The people with at least `least` images, in the order in which they first appear. */
export function usablePeople(
  { labels, maxImagesPerIdentity }: SamplerOptions,
  where: string,
  least: number,
): Person[] {
  if (maxImagesPerIdentity !== undefined) requireFrom(where, 'maxImagesPerIdentity', maxImagesPerIdentity, 2);
  return [...imagesByLabel(labels)]
    .filter(([, images]) => images.length >= least)
    .map(([label, images]) => ({ label, images: spread(images, maxImagesPerIdentity ?? images.length) }));
}

/** A sampler of K images of each person that a plan names: a new one each epoch, drawn from `random`, as the images. */
export function planSampler(
  people: readonly Person[],
  imagesPerPerson: number,
  batchesPerEpoch: number,
  random: Random,
  planEpoch: EpochPlan,
): BatchSampler {
  return epochSampler(people.length, batchesPerEpoch, random, planEpoch, (shown) => {
    const indices = new Int32Array(shown.length * imagesPerPerson);
    shown.forEach((person, p) => {
      const into = indices.subarray(p * imagesPerPerson, (p + 1) * imagesPerPerson);
      drawImages(people[person]!.images, into, random);
    });
    return indices;
  });
}

/** A sampler that plans an epoch at its start and draws each batch when it is its turn, all from `random`. */
export function epochSampler<Planned>(
  usable: number,
  batchesPerEpoch: number,
  random: Random,
  planEpoch: (random: Random) => readonly Planned[],
  draw: (planned: Planned) => Int32Array,
): BatchSampler {
  let epoch = -1;
  let batch = batchesPerEpoch;
  let epochStart: number[] = [];
  let plan: readonly Planned[] = [];

  function next(): Int32Array {
    if (batch === batchesPerEpoch) {
      epochStart = random.state();
      epoch += 1;
      batch = 0;
      plan = planEpoch(random);
    }
    batch += 1;
    return draw(plan[batch - 1]!);
  }

  return {
    next,
    batchesPerEpoch,
    usablePeople: usable,
    state() {
      if (batch === batchesPerEpoch) return { epoch: epoch + 1, batch: 0, random: random.state() };
      return { epoch, batch, random: [...epochStart] };
    },
    restore(state) {
      const { epoch: savedEpoch, batch: savedBatch } = state;
      const fits = [savedEpoch, savedBatch].every((value) => Number.isInteger(value) && value >= 0);
      if (!fits || savedBatch >= batchesPerEpoch) {
        throw new InvalidArgumentError({
          where: 'BatchSampler.restore',
          argument: 'state',
          expected: `what state() of a sampler with the same images and options gave (batch below ${batchesPerEpoch})`,
          got: JSON.stringify({ epoch: savedEpoch, batch: savedBatch }),
        });
      }
      random.restore(state.random);
      epoch = savedEpoch - 1;
      batch = batchesPerEpoch;
      // Drawing the epoch's batches again leaves the random stream exactly where it was.
      for (let i = 0; i < savedBatch; i++) next();
    },
  };
}

/**
 * Cuts items into groups of `size`. The last group is filled up with items of the earlier ones, none twice.
 *
 * @param items at least `size` of them, in random order
 */
export function fullGroups(items: readonly number[], size: number, random: Random): number[][] {
  const groups: number[][] = [];
  for (let i = 0; i < items.length; i += size) groups.push(items.slice(i, i + size));
  const last = groups.at(-1)!;
  const others = items.slice(0, items.length - last.length);
  for (let i = 0; last.length < size; i++) {
    const j = i + random.int(others.length - i);
    [others[i], others[j]] = [others[j]!, others[i]!];
    last.push(others[i]!);
  }
  return groups;
}

/** 0 to count - 1 in random order. */
export function shuffledRange(count: number, random: Random): number[] {
  return random.shuffle(Array.from({ length: count }, (_, i) => i));
}

/** Refuses what is not an integer from `least`. */
export function requireFrom(
  where: string,
  argument: string,
  value: number,
  least: number,
  remedy?: string,
): void {
  if (Number.isInteger(value) && value >= least) return;
  const advice = remedy === undefined ? {} : { remedy };
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `an integer from ${least}`,
    got: value,
    ...advice,
  });
}

/** Checks P and K against the people there are. */
export function requirePeople(
  where: string,
  people: number,
  imagesPerPerson: number,
  available: number,
): void {
  requireFrom(where, 'people', people, 1);
  requireFrom(where, 'imagesPerPerson', imagesPerPerson, 2, 'A positive pair needs two images of a person.');
  if (people <= available) return;
  throw new InvalidArgumentError({
    where,
    argument: 'people',
    expected: `at most ${available}, the number of people with two or more images`,
    got: people,
    remedy: 'Ask for fewer people a batch or add images.',
  });
}

/** At most `count` of the items, evenly spaced. */
function spread(items: readonly number[], count: number): Int32Array {
  const kept = Math.min(count, items.length);
  return Int32Array.from({ length: kept }, (_, i) => items[Math.floor((i * items.length) / kept)]!);
}

/** Fills `into` with images of a person; every image comes before one comes again. */
function drawImages(images: Int32Array, into: Int32Array, random: Random): void {
  const pool = images.slice();
  for (let filled = 0; filled < into.length; filled++) {
    const round = filled % pool.length;
    const j = round + random.int(pool.length - round);
    const image = pool[j]!;
    pool[j] = pool[round]!;
    pool[round] = image;
    into[filled] = image;
  }
}
