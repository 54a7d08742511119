import type { Architecture, Layer } from './architecture.ts';
import { checkInteger, checkWidth } from './check-option.ts';

export interface SmallCnnOptions {
  /** Height and width of the input in pixels, at least 32. Default 112. */
  readonly size?: number;
  /** Multiplies the number of filters of every convolution. Default 1. */
  readonly width?: number;
  /** Length of the embedding. Default 128. */
  readonly embeddingSize?: number;
}

/**
 * A small convolutional network that two processor cores can train: six 3x3 convolutions, four of them with
 * stride 2, and a 1x1 convolution, each with batch norm and ReLU, then a dense layer over all places of the image.
 * 0.78 million trainable weights at width 1 and size 112.
 *
 * Aligned faces have their features at fixed places, so the last layer keeps the places apart. A global average in
 * its stead reaches far less for the same training (docs/decisions/2026-11-23-small-cnn-keeps-places.md).
 *
 * @throws InvalidArgumentError where an option is out of range
 */
export function smallCnn(options: SmallCnnOptions = {}): Architecture {
  const { size = 112, width = 1, embeddingSize = 128 } = options;
  const where = 'smallCnn';
  checkInteger(where, 'size', size, 32);
  checkWidth(where, width);
  checkInteger(where, 'embeddingSize', embeddingSize, 1);
  const block = (filters: number, stride: number): Layer[] => [
    { type: 'conv', filters: Math.max(4, Math.round(filters * width)), kernel: 3, stride, bias: false },
    { type: 'batch-norm', epsilon: 1e-3, momentum: 0.9 },
    { type: 'relu' },
  ];
  return {
    name: 'small-cnn',
    input: { height: size, width: size, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 64 },
    layers: [
      ...block(32, 2),
      ...block(64, 2),
      ...block(64, 1),
      ...block(128, 2),
      ...block(128, 1),
      ...block(256, 2),
      { type: 'conv', filters: Math.max(4, Math.round(32 * width)), kernel: 1, stride: 1, bias: false },
      { type: 'batch-norm', epsilon: 1e-3, momentum: 0.9 },
      { type: 'relu' },
      { type: 'flatten' },
      { type: 'dense', units: embeddingSize, bias: false },
    ],
    embeddingSize,
    normalize: true,
  };
}
