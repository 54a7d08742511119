import { InvalidArgumentError } from '@ft/errors';
import type { Architecture, Layer } from './architecture.ts';
import { checkInteger, checkMultiple, checkWidth } from './check-option.ts';

export interface SmallCnnOptions {
  /** Height and width of the input in pixels, at least 32. Default 112. */
  readonly size?: number;
  /** Multiplies the number of filters of every convolution. Default 1. */
  readonly width?: number;
  /** Length of the embedding. Default 128. */
  readonly embeddingSize?: number;
  /**
   * Squares of the input, each seen by convolutions of its own that give an equal part of the embedding, of length 1
   * before the whole is. In pixels, of a size of at least 32. Default: the whole input, seen by one.
   */
  readonly crops?: readonly (readonly [top: number, left: number, size: number])[];
}

/** Fewest rows and columns that the convolutions leave something of. */
const SMALLEST = 32;

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
  const { size = 112, width = 1, embeddingSize = 128, crops } = options;
  const where = 'smallCnn';
  checkInteger(where, 'size', size, SMALLEST);
  checkWidth(where, width);
  checkInteger(where, 'embeddingSize', embeddingSize, 1);
  if (crops !== undefined) {
    checkCrops(where, crops, size);
    checkMultiple(where, 'embeddingSize', embeddingSize, crops.length);
  }
  const block = (filters: number, stride: number): Layer[] => [
    { type: 'conv', filters: Math.max(4, Math.round(filters * width)), kernel: 3, stride, bias: false },
    { type: 'batch-norm', epsilon: 1e-3, momentum: 0.9 },
    { type: 'relu' },
  ];
  const network = (units: number): Layer[] => [
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
    { type: 'dense', units, bias: false },
  ];
  const branches = crops?.map(([top, left, pixels]): Layer[] => [
    { type: 'crop', top, left, size: pixels },
    ...network(embeddingSize / crops.length),
    { type: 'l2-normalize' },
  ]);
  return {
    name: 'small-cnn',
    input: { height: size, width: size, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 64 },
    layers: branches ? [{ type: 'concat', branches }] : network(embeddingSize),
    embeddingSize,
    normalize: true,
  };
}

/** @throws InvalidArgumentError unless there is a crop and each is a square of enough pixels inside the input */
function checkCrops(where: string, crops: unknown, size: number): void {
  const isCrop = (crop: unknown) => {
    if (!Array.isArray(crop) || crop.length !== 3 || !crop.every(Number.isInteger)) return false;
    const [top, left, pixels] = crop as [number, number, number];
    return top >= 0 && left >= 0 && pixels >= SMALLEST && Math.max(top, left) + pixels <= size;
  };
  if (Array.isArray(crops) && crops.length > 0 && crops.every(isCrop)) return;
  throw new InvalidArgumentError({
    where,
    argument: 'crops',
    expected: `one or more [top, left, size] in whole pixels, within ${size} x ${size} and of a size of at least ${SMALLEST}`,
    got: crops,
  });
}
