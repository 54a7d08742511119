import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import { imagesByLabel } from './images-by-label.ts';

export interface PKSamplerOptions {
  /** The label of each image. */
  readonly labels: ArrayLike<number>;
  /** P: how many different people a batch shows. */
  readonly people: number;
  /** K: how many images of each, from 2. */
  readonly imagesPerPerson: number;
  /** Belongs to the sampler alone: {@link PKSampler.restore} rewinds it. */
  readonly random: Random;
  /** Use at most this many images of a person, evenly spread over that person's images; from 2. */
  readonly maxImagesPerIdentity?: number;
}

/** Where a sampler stands; plain data that survives JSON. */
export interface PKSamplerState {
  /** Epochs begun before the current one. */
  readonly epoch: number;
  /** Batches already drawn in this epoch. */
  readonly batch: number;
  /** The random state with which this epoch began. */
  readonly random: readonly number[];
}

/** Draws P x K batches: P people, K images of each. */
export interface PKSampler {
  /** Image indices of the next batch, P x K, the K images of a person side by side. */
  next(): Int32Array;
  /** How many batches show every usable person at least once. */
  readonly batchesPerEpoch: number;
  /** How many people have two or more images and so take part. */
  readonly usablePeople: number;
  state(): PKSamplerState;
  /** Goes back to a state that {@link PKSampler.state} gave: the same batches follow. */
  restore(state: PKSamplerState): void;
}

/**
 * A P x K batch sampler with epoch coverage (Hermans, Beyer and Leibe, "In Defense of the Triplet Loss", 2017).
 *
 * Every person with two or more images appears once in an epoch before anybody appears again; the last batch
 * of an epoch is filled up with people already shown. A person's K images are distinct where there are K;
 * otherwise every image comes before any repeats. People with one image are left out.
 *
 * @throws InvalidArgumentError where P or K is out of range or fewer than P people have two images
 */
export function pkSampler({
  labels,
  people,
  imagesPerPerson,
  random,
  maxImagesPerIdentity,
}: PKSamplerOptions): PKSampler {
  requireFrom('people', people, 1);
  requireFrom('imagesPerPerson', imagesPerPerson, 2, 'A positive pair needs two images of a person.');
  if (maxImagesPerIdentity !== undefined) requireFrom('maxImagesPerIdentity', maxImagesPerIdentity, 2);

  const pools = [...imagesByLabel(labels).values()]
    .filter((images) => images.length >= 2)
    .map((images) => spread(images, maxImagesPerIdentity ?? images.length));
  if (pools.length < people) {
    throw new InvalidArgumentError({
      where: 'pkSampler',
      argument: 'people',
      expected: `at most ${pools.length}, the number of people with two or more images`,
      got: people,
      remedy: 'Ask for fewer people a batch or add images.',
    });
  }
  const batchesPerEpoch = Math.ceil(pools.length / people);
  const order = pools.map((_, i) => i);
  let epoch = -1;
  let batch = batchesPerEpoch;
  let epochStart: number[] = [];

  function startEpoch(): void {
    epochStart = random.state();
    epoch += 1;
    batch = 0;
    for (let i = 0; i < order.length; i++) order[i] = i;
    random.shuffle(order);
  }

  function next(): Int32Array {
    if (batch === batchesPerEpoch) startEpoch();
    const first = batch * people;
    const shown = order.slice(first, first + people);
    // The others of the last batch: drawn without repeats among those already shown.
    for (let i = 0; shown.length < people; i++) {
      const j = i + random.int(first - i);
      [order[i], order[j]] = [order[j]!, order[i]!];
      shown.push(order[i]!);
    }
    batch += 1;
    const indices = new Int32Array(people * imagesPerPerson);
    shown.forEach((person, p) => {
      drawImages(pools[person]!, indices.subarray(p * imagesPerPerson, (p + 1) * imagesPerPerson), random);
    });
    return indices;
  }

  return {
    next,
    batchesPerEpoch,
    usablePeople: pools.length,
    state() {
      if (batch === batchesPerEpoch) return { epoch: epoch + 1, batch: 0, random: random.state() };
      return { epoch, batch, random: [...epochStart] };
    },
    restore(state) {
      if (
        !Number.isInteger(state.epoch) ||
        !Number.isInteger(state.batch) ||
        state.epoch < 0 ||
        state.batch < 0 ||
        state.batch >= batchesPerEpoch
      ) {
        throw new InvalidArgumentError({
          where: 'PKSampler.restore',
          argument: 'state',
          expected: `what state() of a sampler with the same images and options gave (batch below ${batchesPerEpoch})`,
          got: JSON.stringify({ epoch: state.epoch, batch: state.batch }),
        });
      }
      random.restore(state.random);
      epoch = state.epoch - 1;
      batch = batchesPerEpoch;
      // Drawing the epoch's batches again leaves the random stream exactly where it was.
      for (let i = 0; i < state.batch; i++) next();
    },
  };
}

/** At most `count` of the items, evenly spaced. */
function spread(items: number[], count: number): Int32Array {
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

function requireFrom(argument: string, value: number, least: number, remedy?: string): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError({
    where: 'pkSampler',
    argument,
    expected: `an integer from ${least}`,
    got: value,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
