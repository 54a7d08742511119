import { InvalidArgumentError } from '@ft/errors';

/** How pixels become network input: RGB values in 0..255, then `(value - mean) * scale` for each channel. */
export interface InputContract {
  readonly height: number;
  readonly width: number;
  readonly channels: 3;
  readonly mean: readonly [number, number, number];
  readonly scale: number;
}

/** One layer of an embedding network. Names of weights follow from the order, e.g. `conv1/kernel`. */
export type Layer =
  | {
      readonly type: 'conv';
      readonly filters: number;
      readonly kernel: number;
      readonly stride: number;
      readonly bias: boolean;
    }
  | { readonly type: 'batch-norm'; readonly epsilon: number; readonly momentum: number }
  | { readonly type: 'relu' }
  | { readonly type: 'global-average-pool' }
  | { readonly type: 'flatten' }
  | { readonly type: 'dense'; readonly units: number; readonly bias: boolean };

/** An embedding network as data: saved beside its weights, enough to build it again. */
export interface Architecture {
  readonly name: string;
  readonly input: InputContract;
  /** Applied in order; the last one must give [batch, embeddingSize]. Convolutions pad with zeros ("same"). */
  readonly layers: readonly Layer[];
  readonly embeddingSize: number;
  /** Divide each embedding by its Euclidean length? */
  readonly normalize: boolean;
}

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
  if (!Number.isInteger(size) || size < 32) {
    throw new InvalidArgumentError({
      where,
      argument: 'size',
      expected: 'an integer of at least 32',
      got: size,
    });
  }
  if (!(width > 0 && width <= 8)) {
    throw new InvalidArgumentError({
      where,
      argument: 'width',
      expected: 'above 0 and at most 8',
      got: width,
    });
  }
  if (!Number.isInteger(embeddingSize) || embeddingSize < 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddingSize',
      expected: 'a positive integer',
      got: embeddingSize,
    });
  }
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
