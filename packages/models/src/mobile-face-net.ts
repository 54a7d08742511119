import type { Architecture, Layer } from './architecture.ts';
import { checkMultiple, checkInteger, checkWidth } from './check-option.ts';

export interface MobileFaceNetOptions {
  /** Height and width of the input in pixels, a multiple of 16. Default 112. */
  readonly size?: number;
  /** Multiplies the number of filters of every convolution. Default 1. */
  readonly width?: number;
  /** Length of the embedding. Default 128. */
  readonly embeddingSize?: number;
}

/** Stages of bottlenecks: how much each widens inside, its filters, their number, and the stride of the first. */
const STAGES = [
  { expansion: 2, filters: 64, count: 5, stride: 2 },
  { expansion: 4, filters: 128, count: 1, stride: 2 },
  { expansion: 2, filters: 128, count: 6, stride: 1 },
  { expansion: 4, filters: 128, count: 1, stride: 2 },
  { expansion: 2, filters: 128, count: 2, stride: 1 },
] as const;

const NORM: Layer = { type: 'batch-norm', epsilon: 1e-5, momentum: 0.9 };
const PRELU: Layer = { type: 'prelu' };

/**
 * MobileFaceNet: inverted residual bottlenecks with PReLU, and a weighted sum over all places instead of a mean.
 * 0.99 million weights at width 1 and size 112, one million with those of batch norm and PReLU.
 *
 * Blocks: `stem`, `stage1` ... `stage5` (each of `unit1`, `unit2` ...), `head`.
 *
 * @throws InvalidArgumentError where an option is out of range
 * @see Chen et al., "MobileFaceNets" (CCBR 2018), table 1
 */
export function mobileFaceNet(options: MobileFaceNetOptions = {}): Architecture {
  const { size = 112, width = 1, embeddingSize = 128 } = options;
  checkMultiple('mobileFaceNet', 'size', size, 16);
  checkWidth('mobileFaceNet', width);
  checkInteger('mobileFaceNet', 'embeddingSize', embeddingSize, 1);
  const scaled = (filters: number) => Math.max(4, Math.round(filters * width));
  let channels = scaled(64);
  const unit = (expansion: number, filters: number, stride: number): Layer[] => {
    const inside = expansion * channels;
    const branch = [...pointwise(inside), PRELU, ...depthwise(3, stride, 1), PRELU, ...pointwise(filters)];
    const keeps = stride === 1 && filters === channels;
    channels = filters;
    return keeps ? [{ type: 'residual', branch, shortcut: [] }] : branch;
  };
  return {
    name: 'mobile-face-net',
    input: { height: size, width: size, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 128 },
    layers: [
      {
        type: 'block',
        name: 'stem',
        layers: [
          { type: 'conv', filters: channels, kernel: 3, stride: 2, bias: false, padding: 1 },
          NORM,
          PRELU,
          ...depthwise(3, 1, 1),
          PRELU,
        ],
      },
      ...STAGES.map(({ expansion, filters, count, stride }, index): Layer => ({
        type: 'block',
        name: `stage${index + 1}`,
        layers: Array.from({ length: count }, (_, i) => ({
          type: 'block',
          name: `unit${i + 1}`,
          layers: unit(expansion, scaled(filters), i === 0 ? stride : 1),
        })),
      })),
      {
        type: 'block',
        name: 'head',
        layers: [
          ...pointwise(scaled(512)),
          PRELU,
          ...depthwise(size / 16, 1, 'valid'),
          { type: 'flatten' },
          { type: 'dense', units: embeddingSize, bias: false },
          NORM,
        ],
      },
    ],
    embeddingSize,
    normalize: true,
  };
}

function pointwise(filters: number): Layer[] {
  return [{ type: 'conv', filters, kernel: 1, stride: 1, bias: false, padding: 0 }, NORM];
}

function depthwise(kernel: number, stride: number, padding: number | 'valid'): Layer[] {
  return [{ type: 'depthwise-conv', kernel, stride, bias: false, padding }, NORM];
}
