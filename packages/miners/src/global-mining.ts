import { InvalidArgumentError } from '@ft/errors';
import { confusableIdentities, type ConfusableIdentities } from './confusable-identities.ts';
import { requireCount } from './index-arguments.ts';
import type { NeighborIndex } from './neighbor-index.ts';

/** A sampler that builds batches of people who are alike; `hardIdentitySampler` of @ft/datasets is one. */
export interface NeighborSampler<State extends object = object> {
  next(): Int32Array;
  readonly batchesPerEpoch: number;
  /** From the next epoch on. */
  setNeighbors(neighbors: ConfusableIdentities): void;
  state(): State;
  restore(state: State): void;
}

export interface GlobalMiningOptions<S extends NeighborSampler> {
  readonly sampler: S;
  /** Identity of every image that the sampler draws from. */
  readonly labels: ArrayLike<number>;
  /** Holds the embeddings of the last refresh. What it held before is cleared. */
  readonly index: NeighborIndex;
  /** Steps between two refreshes, at least 1. A refresh waits for the start of an epoch. */
  readonly every: number;
  /** The first step before which a refresh may be due, at least 0. Default 0. */
  readonly from?: number;
  /** Images of an identity that are embedded, evenly spread over all it has, at least 1. Default 20. */
  readonly imagesPerIdentity?: number;
  /** Neighbours sought of every image, beyond `imagesPerIdentity`. Default 30. */
  readonly neighbors?: number;
  /** Identities kept for each one, the most confused ones, at least 1. Default 32. */
  readonly confusable?: number;
}

/** What {@link globalMining} adds to the state of its sampler, as plain JSON. */
export interface GlobalMiningState {
  readonly globalMining: {
    readonly step: number;
    /** The step before which the last refresh was; null before the first. */
    readonly refreshed: number | null;
    readonly confusable: readonly (readonly [label: number, others: readonly number[]])[];
  };
}

/** A sampler with global mining: to be handed to a training loop in the place of the sampler that it wraps. */
export interface GlobalMining<State extends object> {
  next(): Int32Array;
  readonly batchesPerEpoch: number;
  /** The images that a refresh embeds. An identity with a single image gives no positive pair and has none. */
  readonly images: Int32Array;
  /**
   * To be awaited before every step: does nothing unless a refresh is due.
   *
   * @param embed embeddings of `images`, row-major [images.length x dimension of the index], by the network as it
   *   is now
   * @returns was there a refresh?
   * @throws InvalidArgumentError where the embeddings do not fit; what `embed` and the index throw. The sampler
   *   stays as it was
   */
  refreshWhenDue(embed: (images: Int32Array) => Float32Array | Promise<Float32Array>): Promise<boolean>;
  /** The state of the sampler, and who is confused with whom: the same batches follow when it is restored. */
  state(): State & GlobalMiningState;
  restore(state: State & GlobalMiningState): void;
}

/**
 * Mines the whole data set: every so often all images are embedded, the neighbours of each are searched, and
 * the sampler is told which identities look alike, so that its batches hold negatives that a random batch
 * would hardly ever show.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Wang et al., "Correcting the triplet selection bias for triplet loss" (2018)
 */
export function globalMining<State extends object, S extends NeighborSampler<State>>({
  sampler,
  labels,
  index,
  every,
  from = 0,
  imagesPerIdentity = 20,
  neighbors = 30,
  confusable = 32,
}: GlobalMiningOptions<S & NeighborSampler<State>>): Omit<S, keyof GlobalMining<State>> &
  GlobalMining<State> {
  const where = 'globalMining';
  for (const [name, got] of Object.entries({ every, imagesPerIdentity, neighbors, confusable })) {
    requireCount(where, name, got);
  }
  if (!Number.isInteger(from) || from < 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'from',
      expected: 'an integer of at least 0',
      got: from,
    });
  }
  const images = imagesToEmbed(labels, imagesPerIdentity);
  const imageLabels = Int32Array.from(images, (image) => labels[image]!);
  let step = 0;
  let refreshed: number | null = null;
  let identities: ConfusableIdentities = new Map();
  return {
    ...sampler,
    images,
    next() {
      step += 1;
      return sampler.next();
    },
    async refreshWhenDue(embed) {
      const waited = refreshed === null ? step >= from : step - refreshed >= every;
      if (!waited || step % sampler.batchesPerEpoch !== 0) return false;
      const embeddings = await embed(images);
      if (embeddings.length !== images.length * index.dimension) {
        throw new InvalidArgumentError({
          where,
          argument: 'what embed gives',
          expected: `a Float32Array of ${images.length} x ${index.dimension}`,
          got: embeddings,
        });
      }
      await index.clear();
      await index.add(embeddings);
      const found = await index.search(embeddings, imagesPerIdentity + neighbors);
      identities = new Map(
        [...confusableIdentities(found, imageLabels)].map(([label, others]) => [
          label,
          others.slice(0, confusable),
        ]),
      );
      sampler.setNeighbors(identities);
      refreshed = step;
      return true;
    },
    state: () => ({ ...sampler.state(), globalMining: { step, refreshed, confusable: [...identities] } }),
    restore(state) {
      const { globalMining: saved } = state;
      if (!Number.isInteger(saved?.step) || !Array.isArray(saved.confusable)) {
        throw new InvalidArgumentError({
          where: `${where}.restore`,
          argument: 'state.globalMining',
          expected: 'what state() gave',
          got: saved,
        });
      }
      ({ step, refreshed } = saved);
      identities = new Map(saved.confusable);
      // First, because the sampler plans its epoch anew when it is restored.
      sampler.setNeighbors(identities);
      sampler.restore(state);
    },
  };
}

/** At most `most` images of every identity that has two or more, evenly spread, in ascending order. */
function imagesToEmbed(labels: ArrayLike<number>, most: number): Int32Array {
  const byLabel = new Map<number, number[]>();
  for (let image = 0; image < labels.length; image++) {
    const own = byLabel.get(labels[image]!);
    if (own === undefined) byLabel.set(labels[image]!, [image]);
    else own.push(image);
  }
  const chosen = [...byLabel.values()].flatMap((own) => {
    if (own.length < 2) return [];
    const kept = Math.min(most, own.length);
    return Array.from({ length: kept }, (_, i) => own[Math.floor((i * own.length) / kept)]!);
  });
  return Int32Array.from(chosen).sort();
}
