/** How pixels become network input: RGB values in 0..255, then `(value - mean) * scale` for each channel. */
export interface InputContract {
  readonly height: number;
  readonly width: number;
  readonly channels: 3;
  readonly mean: readonly [number, number, number];
  readonly scale: number;
}

/**
 * What surrounds an image before a window slides over it: `same` pads so that the output has a size of
 * input / stride, rounded up (the odd row or column at the end), `valid` pads nothing, a number pads that many rows
 * and columns on each side.
 */
export type Padding = 'same' | 'valid' | number;

/** One layer of an embedding network. */
export type Layer =
  | {
      readonly type: 'conv';
      readonly filters: number;
      readonly kernel: number;
      readonly stride: number;
      readonly bias: boolean;
      /** Default `same`. */
      readonly padding?: Padding;
    }
  /** One filter for each channel; the kernel may be as large as the image. */
  | {
      readonly type: 'depthwise-conv';
      readonly kernel: number;
      readonly stride: number;
      readonly bias: boolean;
      readonly padding: Padding;
    }
  | {
      readonly type: 'batch-norm';
      readonly epsilon: number;
      readonly momentum: number;
      /** Is the scale never trained? Default false. */
      readonly fixedScale?: boolean;
    }
  /** A scale and an offset for each channel: batch norm whose statistics became constants. */
  | { readonly type: 'affine' }
  | { readonly type: 'relu' }
  /** ReLU with a trained slope for negative values, one for each channel. */
  | { readonly type: 'prelu' }
  /** Largest value of each window; padding never wins. */
  | { readonly type: 'max-pool'; readonly size: number; readonly stride: number; readonly padding: Padding }
  /** Mean of each window; `same` leaves the padding out of the mean, a number counts it as zeros. */
  | {
      readonly type: 'average-pool';
      readonly size: number;
      readonly stride: number;
      readonly padding: Padding;
    }
  /** Root of the sum of squares of each window, without padding. */
  | { readonly type: 'l2-pool'; readonly size: number; readonly stride: number }
  /** Each value divided by `(bias + alpha * sum of squares over the 2 radius + 1 nearest channels) ^ beta`. */
  | {
      readonly type: 'local-response-norm';
      readonly radius: number;
      readonly bias: number;
      readonly alpha: number;
      readonly beta: number;
    }
  /** Zeros added before and after, and as last channels. */
  | {
      readonly type: 'pad';
      readonly rows: readonly [before: number, after: number];
      readonly columns: readonly [before: number, after: number];
      readonly channels: number;
    }
  /** The square of `size` x `size` whose first row is `top` and first column `left`. */
  | { readonly type: 'crop'; readonly top: number; readonly left: number; readonly size: number }
  | { readonly type: 'global-average-pool' }
  | { readonly type: 'flatten' }
  | { readonly type: 'dense'; readonly units: number; readonly bias: boolean }
  /** Each vector divided by its Euclidean length. */
  | { readonly type: 'l2-normalize' }
  /** Layers under one name, to split at and to freeze. */
  | { readonly type: 'block'; readonly name: string; readonly layers: readonly Layer[] }
  /** The sum of two paths; an empty shortcut is the input itself. */
  | { readonly type: 'residual'; readonly branch: readonly Layer[]; readonly shortcut: readonly Layer[] }
  /** The channels of every branch, or their vectors, one branch after another. */
  | { readonly type: 'concat'; readonly branches: readonly (readonly Layer[])[] };

/**
 * An embedding network as data: saved beside its weights, enough to build it again.
 *
 * A layer's name is the names of the blocks around it, its type and its number among those of its type there:
 * `conv1`, `stage2/conv3`, `stage2/residual1/branch/norm2`, `mixed3a/concat1/branch2/conv1`. Batch norm is called
 * `norm`, a depthwise convolution `depthwise`. A weight's name is its layer's and its own: `conv1/kernel`.
 */
export interface Architecture {
  readonly name: string;
  readonly input: InputContract;
  /** Applied in order; the last one must give [batch, embeddingSize]. */
  readonly layers: readonly Layer[];
  readonly embeddingSize: number;
  /** Divide each embedding by its Euclidean length? */
  readonly normalize: boolean;
}
