import type { Architecture, Layer } from './architecture.ts';
import { checkInteger, checkWidth } from './check-option.ts';

export interface Nn4Small2Options {
  /** Multiplies the number of filters of every convolution. Default 1. */
  readonly width?: number;
  /** Length of the embedding. Default 128. */
  readonly embeddingSize?: number;
}

const NORM: Layer = { type: 'batch-norm', epsilon: 1e-5, momentum: 0.9 };
const RELU: Layer = { type: 'relu' };
const RESPONSE_NORM: Layer = { type: 'local-response-norm', radius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75 };
const MAX_POOL: Layer = { type: 'max-pool', size: 3, stride: 2, padding: 'valid' };
const L2_POOL: Layer = { type: 'l2-pool', size: 3, stride: 3 };

/** Filters of a module: of the two convolutions of its 3x3 and 5x5 branches, after its pooling, of its 1x1 branch. */
interface Module {
  readonly three: readonly [reduce: number, filters: number];
  readonly five?: readonly [reduce: number, filters: number];
  readonly pool?: number;
  readonly one?: number;
  readonly pooling: Layer;
  /** Of the 3x3 and the 5x5 convolution. Default 1. */
  readonly stride?: number;
}

const MODULES: Readonly<Record<string, Module>> = {
  inception3a: { three: [96, 128], five: [16, 32], pool: 32, one: 64, pooling: MAX_POOL },
  inception3b: { three: [96, 128], five: [32, 64], pool: 64, one: 64, pooling: L2_POOL },
  inception3c: { three: [128, 256], five: [32, 64], pooling: MAX_POOL, stride: 2 },
  inception4a: { three: [96, 192], five: [32, 64], pool: 128, one: 256, pooling: L2_POOL },
  inception4e: { three: [160, 256], five: [64, 128], pooling: MAX_POOL, stride: 2 },
  inception5a: { three: [96, 384], pool: 96, one: 256, pooling: L2_POOL },
  inception5b: { three: [96, 384], pool: 96, one: 256, pooling: MAX_POOL },
};

/**
 * nn4.small2, the FaceNet-style inception network of OpenFace: 96 x 96 pixels in, 3.7 million weights at width 1.
 * The result of a pooling branch is smaller than that of its neighbours and gets zeros around it.
 *
 * Blocks: `stem`, `inception2`, `inception3a`, `3b`, `3c`, `4a`, `4e`, `5a`, `5b`, `head`.
 *
 * @throws InvalidArgumentError where an option is out of range
 * @see Schroff et al., "FaceNet" (CVPR 2015); Amos et al., "OpenFace" (CMU-CS-16-118)
 */
export function nn4Small2(options: Nn4Small2Options = {}): Architecture {
  const { width = 1, embeddingSize = 128 } = options;
  checkWidth('nn4Small2', width);
  checkInteger('nn4Small2', 'embeddingSize', embeddingSize, 1);
  const conv = (filters: number, kernel: number, stride: number): Layer[] => [
    {
      type: 'conv',
      filters: Math.max(4, Math.round(filters * width)),
      kernel,
      stride,
      bias: true,
      padding: (kernel - 1) / 2,
    },
    NORM,
    RELU,
  ];
  let size = 12;
  const inception = (name: string, { three, five, pool, one, pooling, stride = 1 }: Module): Layer => {
    const pooled =
      pooling.type === 'l2-pool' ? Math.floor((size - 3) / 3) + 1 : Math.floor((size - 3) / 2) + 1;
    size = Math.ceil(size / stride);
    const before = Math.floor((size - pooled) / 2);
    const around = [before, size - pooled - before] as const;
    const branches = [[...conv(three[0], 1, 1), ...conv(three[1], 3, stride)]];
    if (five !== undefined) branches.push([...conv(five[0], 1, 1), ...conv(five[1], 5, stride)]);
    branches.push([
      pooling,
      ...(pool === undefined ? [] : conv(pool, 1, 1)),
      { type: 'pad', rows: around, columns: around, channels: 0 },
    ]);
    if (one !== undefined) branches.push(conv(one, 1, 1));
    return { type: 'block', name, layers: [{ type: 'concat', branches }] };
  };
  const pool: Layer = { type: 'max-pool', size: 3, stride: 2, padding: 1 };
  return {
    name: 'nn4-small2',
    input: { height: 96, width: 96, channels: 3, mean: [0, 0, 0], scale: 1 / 255 },
    layers: [
      { type: 'block', name: 'stem', layers: [...conv(64, 7, 2), pool, RESPONSE_NORM] },
      {
        type: 'block',
        name: 'inception2',
        layers: [...conv(64, 1, 1), ...conv(192, 3, 1), RESPONSE_NORM, pool],
      },
      ...Object.entries(MODULES).map(([name, module]) => inception(name, module)),
      {
        type: 'block',
        name: 'head',
        layers: [{ type: 'global-average-pool' }, { type: 'dense', units: embeddingSize, bias: true }],
      },
    ],
    embeddingSize,
    normalize: true,
  };
}
