import type { Architecture, Layer } from '@ft/models';

const block = (filters: number, stride: number): Layer[] => [
  { type: 'conv', filters, kernel: 3, stride, bias: false },
  { type: 'batch-norm', epsilon: 1e-3, momentum: 0.9 },
  { type: 'relu' },
];

/**
 * The network that all training times are taken on: six 3x3 convolutions, a global average, a dense layer.
 *
 * @param size height and width of the input in pixels
 */
export function referenceNetwork(size = 112): Architecture {
  return {
    name: 'reference',
    input: { height: size, width: size, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 128 },
    layers: [
      ...block(32, 2),
      ...block(64, 2),
      ...block(64, 1),
      ...block(128, 2),
      ...block(128, 1),
      ...block(256, 2),
      { type: 'global-average-pool' },
      { type: 'dense', units: 128, bias: true },
    ],
    embeddingSize: 128,
    normalize: false,
  };
}
