import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import {
  type BatchSampler,
  epochSampler,
  type Person,
  requireFrom,
  requirePeople,
  usablePeople,
} from './batch-sampler.ts';
import type { PKSamplerOptions } from './pk-sampler.ts';

export interface ImageSamplerOptions extends PKSamplerOptions {
  /** How many images of a person an epoch shows, at most, each once; from 2. Default: all. */
  readonly imagesPerEpoch?: number;
}

/** Some images of one person, all different. */
interface Group {
  readonly person: number;
  readonly images: Int32Array;
}

/**
 * Batches of P x K images in which none comes twice: up to K of a person, and more people where some have fewer.
 *
 * In an epoch every image of a person comes once, or `imagesPerEpoch` random ones, in groups of 2 to K that share them
 * evenly; nobody has two groups in a batch. A group that does not fit into what is left of a batch may be cut, to one
 * image if need be, and the last batch is filled up with people already shown. People with one image are left out.
 *
 * Where most people have fewer than K images, {@link pkSampler} shows the same image several times in a batch, and those
 * of people with many hardly ever.
 *
 * @throws InvalidArgumentError where a number is out of range or there are too few people for P x K images without repeats
 */
export function imageSampler(options: ImageSamplerOptions): BatchSampler {
  const where = 'imageSampler';
  const { people: p, imagesPerPerson: k, imagesPerEpoch = Infinity, random } = options;
  const people = usablePeople(options, where, 2);
  requirePeople(where, p, k, people.length);
  if (imagesPerEpoch !== Infinity) requireFrom(where, 'imagesPerEpoch', imagesPerEpoch, 2);
  const size = p * k;
  const shares = people.map(({ images }) => groupsOf(images.length, k, imagesPerEpoch));
  const sure = shares.reduce((sum, { shown, count }) => sum + Math.floor(shown / count), 0);
  if (sure < size) {
    throw new InvalidArgumentError({
      where,
      argument: 'people x imagesPerPerson',
      expected: `at most ${sure}, the images that one group of each of ${people.length} people has at least`,
      got: size,
      remedy: 'Ask for fewer people or images a batch, or use pkSampler, which repeats images.',
    });
  }
  const batches = Math.ceil(shares.reduce((sum, { shown }) => sum + shown, 0) / size);
  const plan = () => planImages(people, shares, { k, size, batches, random });
  return epochSampler(people.length, batches, random, plan, (images) => images);
}

/** How an epoch shares out a person's images. */
interface Share {
  /** Groups. */
  readonly count: number;
  /** Images in them. */
  readonly shown: number;
}

function groupsOf(owned: number, k: number, most: number): Share {
  const used = Math.min(owned, most);
  // Groups of K and a rest, but never a group of one: then an image waits for another epoch.
  const count = Math.min(Math.ceil(used / k), Math.floor(used / 2));
  return { count, shown: Math.min(used, count * k) };
}

interface Plan {
  readonly k: number;
  /** Images in a batch. */
  readonly size: number;
  readonly batches: number;
  readonly random: Random;
}

/** The batches of an epoch. */
function planImages(
  people: readonly Person[],
  shares: readonly Share[],
  { k, size, batches, random }: Plan,
): Int32Array[] {
  const waiting = random.shuffle(
    people.flatMap(({ images }, person): Group[] => {
      const { count, shown } = shares[person]!;
      const drawn = random.shuffle([...images]).slice(0, shown);
      const start = (group: number) => Math.floor((group * shown) / count);
      return Array.from({ length: count }, (_, i) => ({
        person,
        images: Int32Array.from(drawn.slice(start(i), start(i + 1))),
      }));
    }),
  );
  return Array.from({ length: batches }, () => {
    const batch = new Int32Array(size);
    const shown = new Set<number>();
    for (let filled = 0; filled < size;) {
      const room = size - filled;
      const { person, images } = takeGroup(waiting, shown, room) ?? againGroup(people, shown, k, random);
      const fitting = images.subarray(0, room);
      batch.set(fitting, filled);
      filled += fitting.length;
      shown.add(person);
    }
    return batch;
  });
}

/** Takes the last group that fits and does not leave room for a single image or, failing that, the last at all. */
function takeGroup(waiting: Group[], shown: ReadonlySet<number>, room: number): Group | undefined {
  const isOther = ({ person }: Group) => !shown.has(person);
  const fits = (group: Group) =>
    isOther(group) && group.images.length <= room && group.images.length !== room - 1;
  const at = waiting.findLastIndex(fits);
  const position = at === -1 ? waiting.findLastIndex(isOther) : at;
  return position === -1 ? undefined : waiting.splice(position, 1)[0];
}

/** K images of somebody who is not in the batch yet. */
function againGroup(people: readonly Person[], shown: ReadonlySet<number>, k: number, random: Random): Group {
  const others = Array.from(people.keys()).filter((person) => !shown.has(person));
  const person = others[random.int(others.length)]!;
  return { person, images: Int32Array.from(random.shuffle([...people[person]!.images]).slice(0, k)) };
}
