import { FtError } from '@ft/errors';
import { z } from 'zod';

const finite = z.number();
const positive = finite.positive();
const share = finite.gt(0).lt(1);
const count = finite.int().positive();

const model = z.strictObject({
  /** A name of `ft models list`. */
  name: z.string(),
  /** Height and width of the input in pixels. */
  size: count.min(32),
  /** The network's own options, such as `width` and `embeddingSize`. */
  options: z.record(z.string(), z.unknown()),
  /** Begin with the weights that come with the network? */
  pretrained: z.boolean(),
  /** The last block that stays as it is: everything up to it runs once for each image. */
  frozen: z.string().nullable(),
});
const miner = z.strictObject({
  name: z.string(),
  options: z.record(z.string(), z.unknown()),
});
export const LOSSES = ['triplet', 'contrastive', 'multi-similarity', 'sup-con'] as const;
const optimizer = z.strictObject({
  name: z.enum(['adamw', 'sgd']),
  weightDecay: finite.nonnegative(),
  /** Of sgd. */
  momentum: finite.min(0).lt(1),
});
const schedule = z.strictObject({
  name: z.enum(['linear', 'cosine', 'constant']),
  /** Steps in which the rate rises from 0. */
  warmup: finite.int().nonnegative(),
});
const pretrain = z.strictObject({
  loss: z.enum(['softmax', 'cosface', 'arcface']),
  epochs: count,
  learningRate: positive,
  /** Of cosface (a cosine) and arcface (degrees). */
  margin: finite.nonnegative(),
  /** Of the cosines. */
  scale: positive,
});
const validation = z.strictObject({
  /** Share of the people to train on who are kept back to judge by. */
  holdout: share,
  /** Steps between two looks. */
  every: count,
  /** Looks without progress after which the run ends; null: never. */
  patience: count.nullable(),
});
const globalMining = z.strictObject({
  /** Steps between two searches. */
  every: count,
  /** The first step before which one may be. */
  from: finite.int().nonnegative(),
  /** Look-alikes kept for each person. */
  confusable: count,
});
const metric = z.strictObject({
  /** Learned from pairs, or the likelihood ratio of a model of identity and variation. */
  method: z.enum(['mahalanobis', 'joint-bayesian']),
  /** Of mahalanobis: the larger, the lower the metric's rank. */
  traceWeight: finite.nonnegative(),
  /** Of mahalanobis: the larger, the nearer to the plain distance. */
  anchorWeight: finite.nonnegative(),
  /** Of mahalanobis: pairs to learn from, half of them of one person. */
  pairs: finite.int().min(2).multipleOf(2),
  /** Of joint-bayesian: share of the variation's covariance that is made alike in all directions. */
  shrinkage: finite.min(0).max(1),
});
const augment = z.strictObject({
  flip: z.boolean(),
  shift: finite.int().nonnegative(),
  brightness: finite.min(0).max(1),
  noise: finite.min(0).max(100),
  /** Degrees. */
  rotation: finite.min(0).max(180),
  zoom: finite.min(0).max(0.9),
  color: finite.min(0).max(1),
  /** Probabilities. */
  grey: finite.min(0).max(1),
  blur: finite.min(0).max(1),
  /** Share of the width. */
  cutout: finite.min(0).max(1),
});

/** Everything that decides how a run goes. Saved as `config.json`; the same config gives the same run. */
export const runConfigSchema = z.strictObject({
  format: z.literal('ft-run-2'),
  /** `lfw:DIR`, `folder:DIR` or `synthetic`. */
  data: z.string(),
  /** What the run is measured by. LFW View 2 trains a network for each of its ten folds. */
  protocol: z.enum(['lfw-view1', 'lfw-view2', 'pairs']),
  /** The fold of View 2 that is tested, from 0; null for other protocols and for all ten together. */
  fold: finite.int().min(0).max(9).nullable(),
  onDamaged: z.enum(['skip', 'refuse']),
  /** Share of the people kept for measuring, where the data set does not say whom. */
  holdout: share,
  /** Turn and scale faces by their landmarks? */
  align: z.boolean(),
  model,
  /** Classify the people of the training set first, with a margin; null: no. */
  pretrain: pretrain.nullable(),
  loss: z.enum(LOSSES),
  /** Of triplet, a squared distance, and of contrastive, a distance; null: the loss has none. */
  margin: positive.nullable(),
  /** Of sup-con; null: the loss has none. */
  temperature: positive.nullable(),
  miner,
  /** Miner plugins whose code may run. */
  plugins: z.array(z.string()),
  /** Build batches of people who are alike, found anew every so many steps; null: of random people. */
  globalMining: globalMining.nullable(),
  /** Embeddings of so many past images are mined from, too; 0: none. */
  memory: finite.int().nonnegative(),
  /** P of a batch. */
  people: count,
  /** K of a batch. */
  images: count.min(2),
  /**
   * An epoch shows so many images of a person at most, each once, at most K in a batch; null: everybody once, with K
   * images, repeated where there are fewer.
   */
  imagesPerEpoch: count.min(2).nullable(),
  epochs: count,
  optimizer,
  learningRate: positive,
  schedule,
  /** Longest gradient; null: any length. */
  clipNorm: positive.nullable(),
  /** Share of the average weights that stays at each step; null: no averaging. */
  average: finite.gt(0).lt(1).nullable(),
  validation: validation.nullable(),
  /** Learn a metric on the embeddings of the training images at the end; null: no. */
  metric: metric.nullable(),
  augment,
  /** Steps between two checkpoints. */
  checkpointEvery: count,
  seed: finite.int(),
  engine: z.enum(['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm']),
  /** Versions of what the result depends on. */
  versions: z.record(z.string(), z.string()),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** A configuration in which the data may still decide how large a batch is and how long the run goes. */
export type RunDraft = Omit<RunConfig, 'people' | 'epochs'> & {
  readonly people?: number;
  readonly epochs?: number;
};

/** What the user, a recipe or `ft.config.ts` may set; the rest has defaults or is found out. */
const runChoicesSchema = runConfigSchema
  .omit({ format: true, fold: true, engine: true, versions: true })
  .extend({
    model: model.partial(),
    pretrain: pretrain.partial().nullable(),
    miner: miner.partial(),
    optimizer: optimizer.partial(),
    schedule: schedule.partial(),
    validation: validation.partial().nullable(),
    globalMining: globalMining.partial().nullable(),
    metric: metric.partial().nullable(),
    augment: augment.partial(),
  })
  .partial();

export type RunChoices = z.infer<typeof runChoicesSchema>;

/** A recipe, a configuration file or a `--set` is wrong. */
export class RunChoicesError extends FtError {
  static override readonly code: string = 'FT_RUN_CHOICES';
}

/**
 * Reads choices from outside.
 *
 * @param source where they come from, for the message
 * @throws RunChoicesError naming the source, the field and what it must be
 */
export function parseChoices(value: unknown, source: string): RunChoices {
  const { success, data, error } = runChoicesSchema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw new RunChoicesError(
    `${source}: ${path.join('.') || 'it'}: ${message}. See docs/configuration.md for the fields.`,
  );
}

/** Later choices win; fields of `model`, `miner` and the like are taken one by one. */
export function mergeChoices(...all: readonly RunChoices[]): RunChoices {
  const merged: Record<string, unknown> = {};
  for (const choices of all) {
    for (const [field, value] of Object.entries(choices)) {
      if (value === undefined) continue;
      const before = merged[field];
      // The options of one strategy mean nothing to another.
      const sameKind = field !== 'miner' || (value as { name?: string }).name === undefined;
      if (field === 'loss' && value !== before) {
        delete merged['margin'];
        delete merged['temperature'];
      }
      merged[field] = isRecord(value) && isRecord(before) && sameKind ? { ...before, ...value } : value;
    }
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The configuration of a new run, as far as it does not depend on the data.
 *
 * @param choices what was set; a default stands for the rest, smaller on the slow engine
 * @param sizeOf the input size of a network, in pixels, where it has only one
 */
export function newRunConfig(
  choices: RunChoices & { readonly data: string },
  engine: RunConfig['engine'],
  versions: Record<string, string>,
  sizeOf: (network: string) => number | undefined,
): RunDraft {
  const slow = engine === 'wasm';
  const synthetic = choices.data === 'synthetic';
  const loss = choices.loss ?? 'triplet';
  const ofLoss = LOSS_DEFAULTS[loss];
  const margin = choices.margin ?? ofLoss.margin;
  const temperature = choices.temperature ?? ofLoss.temperature;
  for (const [field, given, own] of [
    ['margin', margin, ofLoss.margin],
    ['temperature', temperature, ofLoss.temperature],
  ] as const) {
    if (given !== null && own === null) {
      throw new RunChoicesError(
        `${field}: the ${loss} loss has none, got ${given}. Leave it out, or choose another loss.`,
      );
    }
  }
  const network = choices.model?.name ?? 'small-cnn';
  const minerName = choices.miner?.name ?? ofLoss.miner.name;
  const { people, epochs } = choices;
  return {
    format: 'ft-run-2',
    data: choices.data,
    protocol: choices.protocol ?? (choices.data.startsWith('lfw:') ? 'lfw-view1' : 'pairs'),
    fold: null,
    onDamaged: choices.onDamaged ?? 'skip',
    holdout: choices.holdout ?? 0.2,
    align: choices.align ?? false,
    model: {
      name: network,
      size: choices.model?.size ?? sizeOf(network) ?? (slow || synthetic ? 64 : 112),
      options:
        choices.model?.options ??
        (network === 'small-cnn' ? { width: slow ? 0.5 : 1, embeddingSize: slow ? 64 : 128 } : {}),
      pretrained: choices.model?.pretrained ?? false,
      frozen: choices.model?.frozen ?? null,
    },
    pretrain: choices.pretrain ? withDefaults(PRETRAIN, choices.pretrain) : null,
    loss,
    margin,
    temperature,
    miner: {
      name: minerName,
      options: {
        ...(minerName === ofLoss.miner.name ? ofLoss.miner.options : {}),
        // Contrastive margins are plain distances.
        ...(margin === null ? {} : minerDefaults(minerName, loss === 'triplet' ? margin : margin ** 2)),
        ...choices.miner?.options,
      },
    },
    plugins: choices.plugins ?? [],
    globalMining: choices.globalMining ? withDefaults(GLOBAL_MINING, choices.globalMining) : null,
    memory: choices.memory ?? 0,
    ...(people === undefined ? {} : { people }),
    images: choices.images ?? 4,
    imagesPerEpoch: choices.imagesPerEpoch ?? null,
    ...(epochs === undefined ? {} : { epochs }),
    optimizer: withDefaults(OPTIMIZER, choices.optimizer),
    learningRate: choices.learningRate ?? 1e-3,
    schedule: withDefaults(SCHEDULE, choices.schedule),
    clipNorm: choices.clipNorm ?? null,
    average: choices.average ?? null,
    validation: choices.validation ? withDefaults(VALIDATION, choices.validation) : null,
    metric: choices.metric ? withDefaults(METRIC, choices.metric) : null,
    augment: withDefaults(AUGMENT, choices.augment),
    checkpointEvery: choices.checkpointEvery ?? 25,
    seed: choices.seed ?? 1,
    engine,
    versions,
  };
}

/** The given fields, and the defaults for those that are not. */
function withDefaults<T extends object>(
  defaults: T,
  given: { readonly [Field in keyof T]?: T[Field] | undefined } = {},
): T {
  return {
    ...defaults,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** All pairs: no distance of cosines lies outside. */
const EVERY_PAIR = { positiveMargin: -1, negativeMargin: 3 };
const LOSS_DEFAULTS: Record<RunConfig['loss'], Pick<RunConfig, 'margin' | 'temperature' | 'miner'>> = {
  triplet: { margin: 0.2, temperature: null, miner: { name: 'semi-hard', options: {} } },
  contrastive: { margin: 1, temperature: null, miner: { name: 'semi-hard', options: {} } },
  'multi-similarity': { margin: null, temperature: null, miner: { name: 'multi-similarity', options: {} } },
  'sup-con': { margin: null, temperature: 0.1, miner: { name: 'pair-margin', options: EVERY_PAIR } },
};
const OPTIMIZER: RunConfig['optimizer'] = { name: 'adamw', weightDecay: 0.01, momentum: 0.9 };
const SCHEDULE: RunConfig['schedule'] = { name: 'linear', warmup: 10 };
const VALIDATION: NonNullable<RunConfig['validation']> = { holdout: 0.1, every: 50, patience: null };
const GLOBAL_MINING: NonNullable<RunConfig['globalMining']> = { every: 200, from: 0, confusable: 32 };
const METRIC: NonNullable<RunConfig['metric']> = {
  method: 'mahalanobis',
  traceWeight: 0,
  anchorWeight: 0.001,
  pairs: 6000,
  shrinkage: 0.2,
};
const AUGMENT: RunConfig['augment'] = {
  flip: true,
  shift: 4,
  brightness: 0.2,
  noise: 4,
  rotation: 0,
  zoom: 0,
  color: 0,
  grey: 0,
  blur: 0,
  cutout: 0,
};
const PRETRAIN: NonNullable<RunConfig['pretrain']> = {
  loss: 'cosface',
  epochs: 8,
  learningRate: 1e-3,
  margin: 0.2,
  scale: 24,
};

/** The strategies whose margin is that of the triplet loss, in squared distance. */
const WITH_LOSS_MARGIN = new Set(['hard', 'semi-hard', 'random-hard']);

function minerDefaults(name: string, margin: number): Record<string, unknown> {
  if (!WITH_LOSS_MARGIN.has(name)) return {};
  return name === 'semi-hard' ? { margin, choice: 'all' } : { margin };
}
