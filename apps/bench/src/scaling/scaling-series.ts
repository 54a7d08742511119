import type { Parameters } from '../speed/operation.ts';
import type { Pictures } from '../speed/pictures.ts';

/** One operation at several sizes. */
export interface ScalingSeries {
  /** Unique, e.g. `miner semi-hard`. */
  readonly name: string;
  /** What grows, e.g. `B`. */
  readonly variable: string;
  readonly sizes: readonly number[];
  readonly operation: string;
  parameters(size: number): Parameters;
}

const BATCHES = [128, 256, 512, 1024, 2048, 4096, 8192];
const DIMENSIONS = [64, 128, 256, 512];

function withBatch(
  name: string,
  operation: string,
  parameters: Parameters,
  sizes: readonly number[] = BATCHES,
): ScalingSeries {
  return {
    name,
    variable: 'B',
    sizes,
    operation,
    parameters: (batch) => ({ ...parameters, batch }),
  };
}

function withDimension(name: string, operation: string, parameters: Parameters): ScalingSeries {
  return {
    name,
    variable: 'D',
    sizes: DIMENSIONS,
    operation,
    parameters: (dimension) => ({ ...parameters, dimension, batch: 1024 }),
  };
}

/** Everything whose growth is measured: with the batch, the dimension, the identities and the images. */
export function scalingSeries({ files, crop }: Pick<Pictures, 'files' | 'crop'>): ScalingSeries[] {
  return [
    withBatch('distances', 'distances', { measure: 'euclidean' }),
    ...['semi-hard', 'batch-hard', 'distance-weighted'].map((name) =>
      withBatch(`miner ${name}`, 'mine', { name }),
    ),
    ...['triplet', 'multi-similarity'].map((name) => withBatch(`loss ${name}`, 'loss', { name })),
    withBatch('training step', 'step', { network: 'reference' }, [16, 32, 64, 128, 256]),
    withDimension('distances of 1024', 'distances', { measure: 'euclidean' }),
    withDimension('loss triplet of 1024', 'loss', { name: 'triplet' }),
    {
      name: 'loss arcface of 128',
      variable: 'I',
      sizes: [1000, 3000, 10_000, 30_000, 100_000],
      operation: 'loss',
      parameters: (classes) => ({ name: 'arcface', batch: 128, classes }),
    },
    {
      name: 'embedding',
      variable: 'N',
      sizes: [64, 128, 256, 512],
      operation: 'embed',
      parameters: (images) => ({ network: 'reference', images, batch: 64 }),
    },
    {
      name: 'cache',
      variable: 'N',
      sizes: [1600, 3200, 6400, 12_800],
      operation: 'cached batches',
      // The same pictures again and again: what is read is as large as if each were another.
      parameters: (count) => ({
        files: Array.from({ length: count }, (_, i) => files[i % files.length]!),
        crop,
        size: 112,
      }),
    },
    {
      name: 'all pairs',
      variable: 'N',
      sizes: [1000, 2000, 4000, 8000, 13_233],
      operation: 'all pairs',
      parameters: (rows) => ({ rows }),
    },
    {
      name: 'index',
      variable: 'N',
      sizes: [10_000, 30_000, 100_000, 300_000, 1_000_000],
      operation: 'index',
      parameters: (rows) => ({ rows }),
    },
  ];
}
