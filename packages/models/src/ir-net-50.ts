import type { Architecture, Layer } from './architecture.ts';
import { checkInteger, checkMultiple, checkWidth } from './check-option.ts';

export interface IrNet50Options {
  /** Height and width of the input in pixels, a multiple of 16. Default 112. */
  readonly size?: number;
  /** Multiplies the number of filters of every convolution. Default 1. */
  readonly width?: number;
  /** Length of the embedding. Default 512. */
  readonly embeddingSize?: number;
}

const NORM: Layer = { type: 'batch-norm', epsilon: 1e-5, momentum: 0.9 };
const PRELU: Layer = { type: 'prelu' };
const UNITS = [3, 4, 14, 3];

/**
 * IResNet-50, the residual network of ArcFace: batch norm before the first convolution of a block, PReLU, and a dense
 * layer over all places. 43.6 million weights at width 1 and size 112.
 *
 * Blocks: `stem`, `stage1` ... `stage4` (each of `unit1`, `unit2` ...), `head`.
 *
 * @throws InvalidArgumentError where an option is out of range
 * @see Deng et al., "ArcFace" (CVPR 2019); Duta et al., "Improved residual networks" (2020)
 */
export function irNet50(options: IrNet50Options = {}): Architecture {
  const { size = 112, width = 1, embeddingSize = 512 } = options;
  checkMultiple('irNet50', 'size', size, 16);
  checkWidth('irNet50', width);
  checkInteger('irNet50', 'embeddingSize', embeddingSize, 1);
  const scaled = (filters: number) => Math.max(4, Math.round(filters * width));
  const unit = (filters: number, stride: number): Layer => ({
    type: 'residual',
    branch: [NORM, conv(filters, 3, 1), NORM, PRELU, conv(filters, 3, stride), NORM],
    shortcut: stride === 1 ? [] : [conv(filters, 1, stride), NORM],
  });
  return {
    name: 'ir-net-50',
    input: { height: size, width: size, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 127.5 },
    layers: [
      { type: 'block', name: 'stem', layers: [conv(scaled(64), 3, 1), NORM, PRELU] },
      ...UNITS.map((count, stage): Layer => ({
        type: 'block',
        name: `stage${stage + 1}`,
        layers: Array.from({ length: count }, (_, i) => ({
          type: 'block',
          name: `unit${i + 1}`,
          layers: [unit(scaled(64 * 2 ** stage), i === 0 ? 2 : 1)],
        })),
      })),
      {
        type: 'block',
        name: 'head',
        layers: [
          NORM,
          { type: 'flatten' },
          { type: 'dense', units: embeddingSize, bias: true },
          { type: 'batch-norm', epsilon: 1e-5, momentum: 0.9, fixedScale: true },
        ],
      },
    ],
    embeddingSize,
    normalize: true,
  };
}

function conv(filters: number, kernel: number, stride: number): Layer {
  return { type: 'conv', filters, kernel, stride, bias: false, padding: (kernel - 1) / 2 };
}
