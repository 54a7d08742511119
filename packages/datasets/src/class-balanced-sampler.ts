import { InvalidArgumentError } from '@ft/errors';
import {
  type BatchSampler,
  fullGroups,
  planSampler,
  requireFrom,
  type SamplerOptions,
  shuffledRange,
  usablePeople,
} from './batch-sampler.ts';

export interface ClassBalancedSamplerOptions extends SamplerOptions {
  /** How many images, each of another person, from 1. */
  readonly batchSize: number;
}

/**
 * Batches of different people, one image each, everybody as often as everybody else: for classification heads.
 *
 * In an epoch every person comes once, those with a single image included; the last batch is filled up with
 * people already shown.
 *
 * @throws InvalidArgumentError where there are fewer people than a batch takes
 */
export function classBalancedSampler(options: ClassBalancedSamplerOptions): BatchSampler {
  const where = 'classBalancedSampler';
  const { batchSize, random } = options;
  const people = usablePeople(options, where, 1);
  requireFrom(where, 'batchSize', batchSize, 1);
  if (batchSize > people.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'batchSize',
      expected: `at most ${people.length}, the number of people`,
      got: batchSize,
    });
  }
  return planSampler(people, 1, Math.ceil(people.length / batchSize), random, () =>
    fullGroups(shuffledRange(people.length, random), batchSize, random),
  );
}
