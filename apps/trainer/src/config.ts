import { z } from 'zod';

const finite = z.number();
const positive = finite.positive();
const count = finite.int().positive();

/** Everything that decides how a run goes. Saved as `config.json`; the same config gives the same run. */
export const runConfigSchema = z.strictObject({
  format: z.literal('ft-run-1'),
  /** `lfw:DIR`, `folder:DIR` or `synthetic`. */
  data: z.string(),
  onDamaged: z.enum(['skip', 'refuse']),
  /** Share of the people kept for measuring, where the data set does not say whom. */
  holdout: finite.gt(0).lt(1),
  model: z.strictObject({
    name: z.literal('small-cnn'),
    size: count.min(32),
    width: positive.max(8),
    embeddingSize: count,
  }),
  loss: z.enum(['triplet', 'contrastive']),
  margin: positive,
  miner: z.strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()) }),
  /** Miner plugins whose code may run. */
  plugins: z.array(z.string()),
  /** P of a batch. */
  people: count,
  /** K of a batch. */
  images: count.min(2),
  epochs: count,
  learningRate: positive,
  weightDecay: finite.nonnegative(),
  augment: z.strictObject({
    flip: z.boolean(),
    shift: finite.int().nonnegative(),
    brightness: finite.nonnegative(),
    noise: finite.nonnegative(),
  }),
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

/** What the user may set; the rest has defaults or is found out. */
export type RunChoices = Partial<
  Pick<
    RunConfig,
    | 'loss'
    | 'margin'
    | 'people'
    | 'images'
    | 'epochs'
    | 'learningRate'
    | 'seed'
    | 'onDamaged'
    | 'holdout'
    | 'checkpointEvery'
    | 'plugins'
  >
> & {
  readonly data: string;
  readonly miner?: string;
  readonly minerOptions?: Record<string, unknown>;
  readonly size?: number;
};

/**
 * The configuration of a new run, as far as it does not depend on the data.
 *
 * @param choices what the user set; a default stands for the rest, smaller on the slow engine
 */
export function newRunConfig(
  choices: RunChoices,
  engine: RunConfig['engine'],
  versions: Record<string, string>,
): RunDraft {
  const slow = engine === 'wasm';
  const synthetic = choices.data === 'synthetic';
  const loss = choices.loss ?? 'triplet';
  const margin = choices.margin ?? (loss === 'triplet' ? 0.2 : 1);
  const minerName = choices.miner ?? 'semi-hard';
  return {
    format: 'ft-run-1',
    data: choices.data,
    onDamaged: choices.onDamaged ?? 'skip',
    holdout: choices.holdout ?? 0.2,
    model: {
      name: 'small-cnn',
      size: choices.size ?? (slow || synthetic ? 64 : 112),
      width: slow ? 0.5 : 1,
      embeddingSize: slow ? 64 : 128,
    },
    loss,
    margin,
    miner: {
      name: minerName,
      // Contrastive margins are plain distances.
      options: {
        ...minerDefaults(minerName, loss === 'triplet' ? margin : margin ** 2),
        ...choices.minerOptions,
      },
    },
    plugins: choices.plugins ?? [],
    ...(choices.people === undefined ? {} : { people: choices.people }),
    images: choices.images ?? 4,
    ...(choices.epochs === undefined ? {} : { epochs: choices.epochs }),
    learningRate: choices.learningRate ?? 1e-3,
    weightDecay: 0.01,
    augment: { flip: true, shift: 4, brightness: 0.2, noise: 4 },
    checkpointEvery: choices.checkpointEvery ?? 25,
    seed: choices.seed ?? 1,
    engine,
    versions,
  };
}

/** The strategies whose margin is that of the triplet loss, in squared distance. */
const WITH_LOSS_MARGIN = new Set(['hard', 'semi-hard', 'random-hard']);

function minerDefaults(name: string, margin: number): Record<string, unknown> {
  if (!WITH_LOSS_MARGIN.has(name)) return {};
  return name === 'semi-hard' ? { margin, choice: 'all' } : { margin };
}
