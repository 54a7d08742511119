import { z } from 'zod';

const count = z.number().int().positive();

/** Losses on mined tuples, and losses that look at the whole batch and need no miner. */
export const minedLosses = ['triplet', 'contrastive'] as const;
export const batchLosses = [
  'multi-similarity',
  'nt-xent',
  'sup-con',
  'proxy-anchor',
  'cosface',
  'arcface',
] as const;

/** The miner of a loss that needs none. */
export const NO_MINER = 'none';

/** Everything that decides what one training reaches. The same cell gives the same result. */
export const cellSchema = z.strictObject({
  format: z.literal('ft-bench-cell-1'),
  /** `synthetic`, `lfw-view1:DIR` or `lfw-view2:DIR`. */
  data: z.string(),
  /** Which part is measured: of LFW View 2 the fold 0 to 9; of synthetic identities the split; of View 1 always 0. */
  fold: z.number().int().nonnegative(),
  model: z.strictObject({ name: z.literal('small-cnn'), size: count.min(32), width: z.number().positive() }),
  loss: z.enum([...minedLosses, ...batchLosses]),
  margin: z.number().positive(),
  miner: z.strictObject({
    /** What the miner is called in tables: a schedule is known by this, not by its options. */
    label: z.string().min(1),
    name: z.string().min(1),
    options: z.record(z.string(), z.unknown()),
  }),
  /** Miner plugins whose code may run. */
  plugins: z.array(z.string()),
  /** P and K of a batch. */
  people: count.min(2),
  images: count.min(2),
  /** Compute: every cell of a grid sees this many images. */
  imagesSeen: count,
  /** How often the network is measured while it trains, the end included. */
  measurements: count,
  learningRate: z.number().positive(),
  seed: z.number().int(),
  engine: z.enum(['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm']),
  versions: z.record(z.string(), z.string()),
});

export type Cell = z.infer<typeof cellSchema>;

/** What one training reached. Plain JSON. */
export interface CellResult {
  readonly accuracy: number;
  readonly standardError: number;
  readonly auc: number;
  readonly eer: number;
  /** Measured while training: images seen and accuracy, the untrained network first. */
  readonly curve: readonly (readonly [imagesSeen: number, accuracy: number])[];
  /** Mean share of the miner's cases that gave a tuple, over the last quarter of the steps; null without a miner. */
  readonly activeFraction: number | null;
  /** Images seen when the network had collapsed (`collapseMonitor` of @ft/training), null if it never did. Absent from older results. */
  readonly collapsedAt?: number | null;
  /** Seconds of the training steps, and of the mining within them. */
  readonly trainSeconds: number;
  readonly miningSeconds: number;
}
