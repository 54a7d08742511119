import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import {
  type BatchSampler,
  fullGroups,
  planSampler,
  requireFrom,
  requirePeople,
  usablePeople,
} from './batch-sampler.ts';
import type { PKSamplerOptions } from './pk-sampler.ts';

export interface HierarchicalSamplerOptions extends PKSamplerOptions {
  /** The group of each image's person, e.g. a source or an age: the same for all images of a label. */
  readonly groups: ArrayLike<number>;
  /** How many groups share a batch evenly; divides `people`. Default 1. */
  readonly groupsPerBatch?: number;
}

/**
 * P x K batches whose people come from one group or few, so that negatives have more in common.
 *
 * In an epoch everybody with two or more images appears; people come again where a group's number does not
 * divide evenly or other groups are used up.
 *
 * @throws InvalidArgumentError where a group has too few people, a label has two groups, or a number is out of
 *   range
 */
export function hierarchicalSampler(options: HierarchicalSamplerOptions): BatchSampler {
  const where = 'hierarchicalSampler';
  const { people, imagesPerPerson, random, groups, groupsPerBatch = 1 } = options;
  const usable = usablePeople(options, where, 2);
  requirePeople(where, people, imagesPerPerson, usable.length);
  requireFrom(where, 'groupsPerBatch', groupsPerBatch, 1);
  const share = people / groupsPerBatch;
  if (!Number.isInteger(share)) {
    const expected = `a divisor of people (${people})`;
    throw new InvalidArgumentError({ where, argument: 'groupsPerBatch', expected, got: groupsPerBatch });
  }
  const members = new Map<number, number[]>();
  usable.forEach(({ label, images }, person) => {
    const group = groups[images[0]!]!;
    if (images.some((image) => groups[image] !== group)) {
      const expected = `one group for all images of label ${label}`;
      throw new InvalidArgumentError({
        where,
        argument: 'groups',
        expected,
        got: [...images].map((i) => groups[i]),
      });
    }
    members.set(group, [...(members.get(group) ?? []), person]);
  });
  for (const [group, { length }] of members) {
    if (length >= share) continue;
    throw new InvalidArgumentError({
      where,
      argument: 'groups',
      expected: `at least ${share} people with two images in each group`,
      got: length,
      remedy: `Join group ${group} with another or ask for fewer people a batch.`,
    });
  }
  if (members.size < groupsPerBatch) {
    const expected = `at most ${members.size}, the number of groups`;
    throw new InvalidArgumentError({ where, argument: 'groupsPerBatch', expected, got: groupsPerBatch });
  }
  const chunkCounts = [...members.values()].map(({ length }) => Math.ceil(length / share));
  const chunks = chunkCounts.reduce((sum, count) => sum + count, 0);
  const batches = Math.max(...chunkCounts, Math.ceil(chunks / groupsPerBatch));
  return planSampler(usable, imagesPerPerson, batches, random, () =>
    planGroups([...members.values()], share, groupsPerBatch, batches, random),
  );
}

function planGroups(
  groups: readonly (readonly number[])[],
  share: number,
  groupsPerBatch: number,
  batches: number,
  random: Random,
): number[][] {
  const queues = groups.map((members) => ({
    members,
    chunks: fullGroups(random.shuffle([...members]), share, random),
  }));
  const plan: number[][] = [];
  for (let batch = 0; batch < batches; batch++) {
    // The groups with most left go first, so that all are used up together; ties in random order.
    const turn = random.shuffle([...queues]).sort((a, b) => b.chunks.length - a.chunks.length);
    plan.push(
      turn.slice(0, groupsPerBatch).flatMap(({ members, chunks }) => {
        return chunks.pop() ?? random.shuffle([...members]).slice(0, share);
      }),
    );
  }
  return random.shuffle(plan);
}
