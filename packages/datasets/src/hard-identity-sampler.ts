import type { Random } from '@ft/random';
import {
  type BatchSampler,
  planSampler,
  requirePeople,
  shuffledRange,
  usablePeople,
} from './batch-sampler.ts';
import type { PKSamplerOptions } from './pk-sampler.ts';

/** The labels of the people most alike, nearest first, by label. People may be missing, lists may be short. */
export type IdentityNeighbors = ReadonlyMap<number, ArrayLike<number>>;

export interface HardIdentitySamplerOptions extends PKSamplerOptions {
  /** Default: nobody has neighbours, and batches are random. */
  readonly neighbors?: IdentityNeighbors;
}

export interface HardIdentitySampler extends BatchSampler {
  /** From the next epoch on. To resume exactly, set the neighbours of the saved epoch before `restore`. */
  setNeighbors(neighbors: IdentityNeighbors): void;
}

/**
 * P x K batches of people who are easily confused: a random person with those nearest to them who have not
 * been shown yet in this epoch (Wang et al., "Correcting the Triplet Selection Bias for Triplet Loss", 2018).
 *
 * Everybody with two or more images appears once in an epoch; the last batch is filled up with people already
 * shown, the nearest first.
 *
 * @throws InvalidArgumentError as {@link pkSampler}
 */
export function hardIdentitySampler(options: HardIdentitySamplerOptions): HardIdentitySampler {
  const { people, imagesPerPerson, random } = options;
  const usable = usablePeople(options, 'hardIdentitySampler', 2);
  requirePeople('hardIdentitySampler', people, imagesPerPerson, usable.length);
  const positions = new Map(usable.map(({ label }, position) => [label, position]));
  let neighbors = options.neighbors ?? new Map<number, ArrayLike<number>>();
  const neighborsOf = (person: number) =>
    Array.from(neighbors.get(usable[person]!.label) ?? [], (label) => positions.get(label)).filter(
      (position) => position !== undefined,
    );
  const sampler = planSampler(usable, imagesPerPerson, Math.ceil(usable.length / people), random, () =>
    planNeighbors(shuffledRange(usable.length, random), people, neighborsOf, random),
  );
  return {
    ...sampler,
    setNeighbors(changed) {
      neighbors = changed;
    },
  };
}

function planNeighbors(
  order: readonly number[],
  size: number,
  neighborsOf: (person: number) => number[],
  random: Random,
): number[][] {
  const waiting = new Set(order);
  const plan: number[][] = [];
  while (waiting.size > 0) {
    const [seed] = waiting;
    const batch = new Set<number>();
    const add = (person: number) => {
      if (batch.size < size) batch.add(person);
    };
    add(seed!);
    const near = neighborsOf(seed!);
    near.filter((person) => waiting.has(person)).forEach(add);
    for (const person of waiting) {
      if (batch.size === size) break;
      add(person);
    }
    near.forEach(add);
    while (batch.size < size) add(order[random.int(order.length)]!);
    for (const person of batch) waiting.delete(person);
    plan.push([...batch]);
  }
  return plan;
}
