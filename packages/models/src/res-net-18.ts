import type { Architecture, Layer } from './architecture.ts';
import { checkInteger, checkWidth } from './check-option.ts';

export interface ResNet18Options {
  /** Height and width of the input in pixels, at least 32. Default 112; the paper's is 224. */
  readonly size?: number;
  /** Multiplies the number of filters of every convolution. Default 1. */
  readonly width?: number;
  /** Length of the embedding. Default 128. */
  readonly embeddingSize?: number;
}

const NORM: Layer = { type: 'batch-norm', epsilon: 1e-5, momentum: 0.9 };
const RELU: Layer = { type: 'relu' };

/**
 * ResNet-18 with a dense embedding in place of the classifier: 11.2 million weights at width 1.
 *
 * Blocks: `stem`, `stage1` ... `stage4` (each of `unit1`, `unit2`), `head`.
 *
 * @throws InvalidArgumentError where an option is out of range
 * @see He et al., "Deep residual learning for image recognition" (CVPR 2016), table 1
 */
export function resNet18(options: ResNet18Options = {}): Architecture {
  const { size = 112, width = 1, embeddingSize = 128 } = options;
  checkInteger('resNet18', 'size', size, 32);
  checkWidth('resNet18', width);
  checkInteger('resNet18', 'embeddingSize', embeddingSize, 1);
  const scaled = (filters: number) => Math.max(4, Math.round(filters * width));
  const unit = (filters: number, stride: number): Layer[] => [
    {
      type: 'residual',
      branch: [conv(filters, 3, stride), NORM, RELU, conv(filters, 3, 1), NORM],
      shortcut: stride === 1 ? [] : [conv(filters, 1, stride), NORM],
    },
    RELU,
  ];
  return {
    name: 'resnet-18',
    input: { height: size, width: size, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 64 },
    layers: [
      {
        type: 'block',
        name: 'stem',
        layers: [conv(scaled(64), 7, 2), NORM, RELU, { type: 'max-pool', size: 3, stride: 2, padding: 1 }],
      },
      ...[64, 128, 256, 512].map((filters, stage): Layer => ({
        type: 'block',
        name: `stage${stage + 1}`,
        layers: [
          { type: 'block', name: 'unit1', layers: unit(scaled(filters), stage === 0 ? 1 : 2) },
          { type: 'block', name: 'unit2', layers: unit(scaled(filters), 1) },
        ],
      })),
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

function conv(filters: number, kernel: number, stride: number): Layer {
  return { type: 'conv', filters, kernel, stride, bias: false, padding: (kernel - 1) / 2 };
}
