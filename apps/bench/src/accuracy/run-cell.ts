import {
  contrastiveLoss,
  createArcFaceLoss,
  createCosFaceLoss,
  createProxyAnchorLoss,
  multiSimilarityLoss,
  ntXentLoss,
  pairwiseSimilarities,
  relationFromLabels,
  supConLoss,
  tripletLoss,
  type WeightedLossOptions,
} from '@ft/core-losses';
import { pkSampler } from '@ft/datasets';
import { InvalidArgumentError } from '@ft/errors';
import { evaluateVerification, pairDistances } from '@ft/eval';
import type { MinedTriplets } from '@ft/miner-api';
import { minerRegistry, pairsFromTriplets } from '@ft/miners';
import { createModel, embedImages, smallCnn, type EmbeddingModel } from '@ft/models';
import { createRandom } from '@ft/random';
import {
  adamW,
  augmentedImages,
  collapseMonitor,
  embeddingObjective,
  linearDecay,
  train,
  type Objective,
} from '@ft/training';
import type * as tf from '@tensorflow/tfjs-core';
import { NO_MINER, type Cell, type CellResult } from './cell.ts';
import { cellData, type CellData } from './cell-data.ts';

const EMBEDDING = 128;
const DIRECT = { checkFinite: false };

/** The data of the last cell: the next one mostly wants the same. */
let last: { readonly key: string; readonly data: Promise<CellData> } | undefined;

/**
 * Trains one cell and measures it.
 *
 * @throws InvalidArgumentError where the cell cannot be: data, fold, miner or plugin that is not there
 */
export async function runCell(cell: Cell, signal?: AbortSignal): Promise<CellResult> {
  const key = JSON.stringify([cell.data, cell.fold, cell.model.size]);
  if (last?.key !== key) last = { key, data: cellData(cell) };
  const data = await last.data;
  const registry = minerRegistry({ directory: process.cwd(), enabled: cell.plugins });
  const miner =
    cell.miner.name === NO_MINER ? undefined : await registry.create(cell.miner.name, cell.miner.options);
  const objective = objectiveOf(cell, data, miner?.output);
  const { size, width } = cell.model;
  const model = createModel(smallCnn({ size, width, embeddingSize: EMBEDDING }), { seed: cell.seed });
  const optimizer = adamW();
  const perStep = cell.people * cell.images;
  const steps = Math.max(1, Math.round(cell.imagesSeen / perStep));
  const every = Math.ceil(steps / cell.measurements);
  try {
    const curve: [number, number][] = [[0, (await measure(model, data)).accuracy!]];
    const active: number[] = [];
    const collapse = collapseMonitor(cell.loss === 'triplet' ? { collapsedLoss: cell.margin } : {});
    let collapsedAt: number | null = null;
    let step = 0;
    let mining = 0;
    const { reason } = await train({
      model,
      inputs: augmentedImages(data.train, { flip: true, shift: 4, brightness: 0.2, noise: 4 }),
      sampler: pkSampler({
        labels: data.train.labels,
        people: cell.people,
        imagesPerPerson: cell.images,
        random: createRandom(cell.seed, 'sampler'),
      }),
      ...(miner === undefined ? {} : { miner }),
      objective,
      optimizer,
      learningRate: linearDecay({ peak: cell.learningRate, steps, warmup: Math.min(10, steps - 1) }),
      steps,
      seed: cell.seed,
      ...(signal === undefined ? {} : { signal }),
      async onStep(record) {
        step += record.time.step;
        mining += record.time.mining;
        if (collapse.observeStep(record) !== undefined) collapsedAt ??= record.step * perStep;
        if (record.step > 0.75 * steps) active.push(record.activeFraction);
        if (record.step % every === 0 && record.step < steps) {
          curve.push([record.step * perStep, (await measure(model, data)).accuracy!]);
        }
      },
    });
    if (reason === 'aborted') throw signal!.reason;
    const { accuracy, standardError, auc, eer } = await measure(model, data);
    curve.push([steps * perStep, accuracy!]);
    return {
      accuracy: accuracy!,
      standardError: standardError!,
      auc,
      eer: eer.rate,
      curve,
      activeFraction: miner === undefined ? null : active.reduce((sum, x) => sum + x, 0) / active.length,
      collapsedAt,
      trainSeconds: Number((step / 1000).toFixed(1)),
      miningSeconds: Number((mining / 1000).toFixed(2)),
    };
  } finally {
    optimizer.dispose();
    for (const variable of objective.variables?.values() ?? []) variable.dispose();
    model.dispose();
  }
}

/** Verifies the test pairs: image plus mirror image, squared Euclidean distance, thresholds from the other parts. */
async function measure(model: EmbeddingModel, { test }: CellData) {
  const embeddings = await embedImages(model, test.images, { flip: true });
  const { a, b, same, folds, protocol } = test;
  const distances = pairDistances(embeddings, EMBEDDING, a, b, 'squared-euclidean');
  return evaluateVerification({ distances, same, folds, protocol });
}

function objectiveOf(cell: Cell, { train: { identities } }: CellData, output: string | undefined): Objective {
  const { loss, margin, seed } = cell;
  const options: WeightedLossOptions = {
    classes: identities.length,
    dimension: EMBEDDING,
    seed,
    ...DIRECT,
  };
  const onSimilarities = (of: typeof supConLoss) =>
    embeddingObjective({
      loss: (x: tf.Tensor2D, labels: Int32Array) =>
        of(pairwiseSimilarities(x, undefined, DIRECT), relationFromLabels(labels), DIRECT),
    });
  switch (loss) {
    case 'triplet':
      if (output !== 'triplets') {
        throw new InvalidArgumentError({
          where: 'ft-bench accuracy',
          argument: 'miner',
          expected: 'one that gives triplets, for the triplet loss',
          got: cell.miner.name,
        });
      }
      return {
        measure: 'squared-euclidean',
        loss: (distances, mined) => tripletLoss(distances, mined as MinedTriplets, { margin, ...DIRECT }),
      };
    case 'contrastive':
      return {
        measure: 'euclidean',
        loss(distances, mined) {
          const pairs = mined.kind === 'pairs' ? mined : pairsFromTriplets(mined);
          return contrastiveLoss(distances, pairs, { margin, ...DIRECT });
        },
      };
    case 'multi-similarity':
      return onSimilarities(multiSimilarityLoss);
    case 'nt-xent':
      return onSimilarities(ntXentLoss);
    case 'sup-con':
      return onSimilarities(supConLoss);
    case 'proxy-anchor':
      return embeddingObjective(createProxyAnchorLoss(options));
    case 'cosface':
      return embeddingObjective(createCosFaceLoss(options));
    case 'arcface':
      return embeddingObjective(createArcFaceLoss(options));
  }
}
