import {
  type BatchSampler,
  fullGroups,
  planSampler,
  requirePeople,
  type SamplerOptions,
  shuffledRange,
  usablePeople,
} from './batch-sampler.ts';

export interface PKSamplerOptions extends SamplerOptions {
  /** P: how many different people a batch shows. */
  readonly people: number;
  /** K: how many images of each, from 2. */
  readonly imagesPerPerson: number;
}

/**
 * P x K batches with epoch coverage (Hermans, Beyer and Leibe, "In Defense of the Triplet Loss", 2017).
 *
 * Every person with two or more images appears once in an epoch before anybody appears again; the last batch
 * of an epoch is filled up with people already shown. A person's K images are distinct where there are K;
 * otherwise every image comes before any repeats. People with one image are left out.
 *
 * @throws InvalidArgumentError where P or K is out of range or fewer than P people have two images
 */
export function pkSampler(options: PKSamplerOptions): BatchSampler {
  const { people, imagesPerPerson, random } = options;
  const usable = usablePeople(options, 'pkSampler', 2);
  requirePeople('pkSampler', people, imagesPerPerson, usable.length);
  return planSampler(usable, imagesPerPerson, Math.ceil(usable.length / people), random, () =>
    fullGroups(shuffledRange(usable.length, random), people, random),
  );
}
