import { hardIdentitySampler, imageSampler, pkSampler, type BatchSampler } from '@ft/datasets';
import { InvalidArgumentError } from '@ft/errors';
import type { Miner } from '@ft/miner-api';
import { exactIndex, globalMining, minerRegistry, type DotProducts, type GlobalMining } from '@ft/miners';
import { createRandom } from '@ft/random';
import type { Objective } from '@ft/training';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig, RunDraft } from './config.ts';
import type { Output } from './console-output.ts';
import { peopleWithSeveral } from './people-with-several.ts';
import { checkNetwork, embeddingPartsOf, embeddingSizeOf } from './create-network.ts';
import { prepareData, type RunData } from './data.ts';
import { objectiveOf } from './objective.ts';

/** A run that is ready to begin: whatever can be refused has been looked at. */
export interface PreparedRun {
  readonly config: RunConfig;
  readonly data: RunData;
  readonly miner: Miner;
  readonly objective: Objective;
  readonly sampler: BatchSampler;
  /** The same sampler where batches are built of people who are alike. */
  readonly globalMining?: GlobalMining<object>;
  readonly steps: number;
}

const DEFAULT_PEOPLE = 24;
const DEFAULT_EPOCHS = 8;
/** Few people make short epochs; a run without a number of epochs has at least this many steps. */
const DEFAULT_STEPS = 200;

/**
 * Decodes the data of a run, settles what depends on it, and refuses what cannot work, before anything is written.
 */
export async function prepareRun(draft: RunDraft, output: Output): Promise<PreparedRun> {
  checkNetwork(draft.model);
  if (draft.globalMining !== null && draft.imagesPerEpoch !== null) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: 'imagesPerEpoch',
      expected: 'null with global mining, whose batches have K images of everybody',
      got: draft.imagesPerEpoch,
    });
  }
  const registry = minerRegistry({ directory: process.cwd(), enabled: draft.plugins });
  const miner = await registry.create(draft.miner.name, draft.miner.options);
  const objective = objectiveOf(draft, miner, embeddingPartsOf(draft.model));
  const data = await prepareData(draft, output);
  const { labels } = data.train;
  const versions = { ...draft.versions };
  for (const { plugin, version } of registry.list()) {
    if (plugin !== undefined && draft.plugins.includes(plugin)) versions[plugin] = version!;
  }
  const people = draft.people ?? Math.max(2, Math.min(DEFAULT_PEOPLE, peopleWithSeveral(labels)));
  const sampler = samplerOf(draft, labels, people);
  const { batchesPerEpoch } = sampler;
  const epochs = draft.epochs ?? Math.max(DEFAULT_EPOCHS, Math.ceil(DEFAULT_STEPS / batchesPerEpoch));
  return {
    config: { ...draft, people, epochs, versions },
    data,
    miner,
    objective,
    sampler,
    ...('refreshWhenDue' in sampler ? { globalMining: sampler } : {}),
    steps: epochs * batchesPerEpoch,
  };
}

/** Batches of random people, with or without repeats, or, with global mining, of people who are alike. */
function samplerOf(
  { seed, images, imagesPerEpoch, globalMining: mining, model }: RunDraft,
  labels: Int32Array,
  people: number,
): BatchSampler | (BatchSampler & GlobalMining<object>) {
  const options = { labels, people, imagesPerPerson: images, random: createRandom(seed, 'sampler') };
  if (mining === null) {
    return imagesPerEpoch === null ? pkSampler(options) : imageSampler({ ...options, imagesPerEpoch });
  }
  const dimension = embeddingSizeOf(model);
  // The index wants products at once, which webgpu cannot give.
  const index = exactIndex({ dimension, ...(tf.getBackend() === 'webgpu' ? {} : { dotProducts }) });
  return globalMining({ sampler: hardIdentitySampler(options), labels, index, ...mining });
}

/** The engine's matrix product. */
const dotProducts: DotProducts = (a, b) => {
  const product = tf.tidy(() =>
    tf.matMul(
      tf.tensor2d(a.data, [a.count, a.dimension]),
      tf.tensor2d(b.data, [b.count, b.dimension]),
      false,
      true,
    ),
  );
  const values = product.dataSync<'float32'>();
  product.dispose();
  return values;
};
