import * as tf from '@tensorflow/tfjs-core';
import { affine } from './affine.ts';
import type { Layer, Padding } from './architecture.ts';
import { batchNormTraining } from './batch-norm.ts';
import { foldNorm, fusedLayers, type FusedLayers } from './fused-convolution.ts';
import type { PlannedLayer } from './plan-architecture.ts';

/** What a layer needs besides its input. */
export interface Forward {
  /** By full name, e.g. `conv1/kernel`. */
  weight(name: string): tf.Variable;
  /** Does batch norm of this layer use the batch's own statistics and update the running ones? */
  training(layerName: string): boolean;
}

/** Applies layers in order. Run it in `tf.tidy`. */
export function applyLayers(path: readonly PlannedLayer[], x: tf.Tensor, forward: Forward): tf.Tensor {
  let y = x;
  for (let i = 0; i < path.length;) {
    const fused = fusedLayers(path, i, forward);
    y = fused === undefined ? applyLayer(path[i]!, y, forward) : applyFused(fused, y, forward);
    i += fused === undefined ? 1 : Object.keys(fused).length;
  }
  return y;
}

function applyFused(
  { convolution, norm, activation }: FusedLayers,
  x: tf.Tensor,
  forward: Forward,
): tf.Tensor {
  const layer = convolution.layer as Extract<Layer, { type: 'conv' | 'depthwise-conv' }>;
  const own = (suffix: string) => forward.weight(`${convolution.name}/${suffix}`);
  const folded = foldNorm(norm, forward, own('kernel') as tf.Tensor4D, layer.bias ? own('bias') : undefined);
  const after = {
    bias: folded.bias,
    activation: activation === undefined ? 'linear' : (activation.layer.type as 'relu' | 'prelu'),
    ...(activation?.layer.type === 'prelu'
      ? { preluActivationWeights: forward.weight(`${activation.name}/slope`) }
      : {}),
  } as const;
  const isDepthwise = layer.type === 'depthwise-conv';
  if (isDepthwise && coversImage(layer, convolution.inputShape)) {
    const y = tf.add(wholeImage(x, folded.kernel), folded.bias);
    return activation === undefined ? y : applyLayer(activation, y, forward);
  }
  const image = padded(x as tf.Tensor4D, layer.padding ?? 'same', layer.kernel, layer.stride);
  const window = { x: image.input, filter: folded.kernel, strides: layer.stride, pad: image.padding };
  return isDepthwise
    ? tf.fused.depthwiseConv2d({ ...window, ...after })
    : tf.fused.conv2d({ ...window, ...after });
}

function applyLayer(
  { layer, name, inputShape, paths }: PlannedLayer,
  x: tf.Tensor,
  forward: Forward,
): tf.Tensor {
  const weight = (suffix: string) => forward.weight(`${name}/${suffix}`);
  const vector = (suffix: string) => weight(suffix) as unknown as tf.Tensor1D;
  const withBias = (y: tf.Tensor, bias: boolean) => (bias ? tf.add(y, weight('bias')) : y);
  const image = x as tf.Tensor4D;
  switch (layer.type) {
    case 'conv': {
      const { input, padding } = padded(image, layer.padding ?? 'same', layer.kernel, layer.stride);
      const y = tf.conv2d(input, weight('kernel') as tf.Tensor4D, layer.stride, padding);
      return withBias(y, layer.bias);
    }
    case 'depthwise-conv': {
      if (coversImage(layer, inputShape)) return withBias(wholeImage(x, weight('kernel')), layer.bias);
      const { input, padding } = padded(image, layer.padding, layer.kernel, layer.stride);
      const y = tf.depthwiseConv2d(input, weight('kernel') as tf.Tensor4D, layer.stride, padding);
      return withBias(y, layer.bias);
    }
    case 'dense':
      return withBias(tf.matMul(x as tf.Tensor2D, weight('kernel') as tf.Tensor2D), layer.bias);
    case 'batch-norm': {
      const { epsilon, momentum } = layer;
      if (!forward.training(name)) {
        return tf.batchNorm(
          x,
          vector('mean'),
          vector('variance'),
          vector('offset'),
          vector('scale'),
          epsilon,
        );
      }
      const { y, mean, variance } = batchNormTraining(x, vector('scale'), vector('offset'), epsilon);
      follow(weight('mean'), mean, momentum);
      follow(weight('variance'), variance, momentum);
      return y;
    }
    case 'affine':
      return affine(x, vector('scale'), vector('offset'));
    case 'relu':
      return tf.relu(x);
    case 'prelu':
      return tf.prelu(x, weight('slope'));
    case 'max-pool': {
      const { input, padding } = padded(image, layer.padding, layer.size, layer.stride, -Infinity);
      return tf.maxPool(input, layer.size, layer.stride, padding);
    }
    case 'average-pool': {
      if (typeof layer.padding !== 'number')
        return tf.avgPool(image, layer.size, layer.stride, layer.padding);
      return tf.avgPool(zeroPadded(image, layer.padding), layer.size, layer.stride, 'valid');
    }
    case 'l2-pool': {
      const mean = tf.avgPool(tf.square(image), layer.size, layer.stride, 'valid');
      const sum = tf.mul(mean, layer.size ** 2);
      // The root has no gradient at 0.
      return tf.sqrt(tf.maximum(sum, 1e-12));
    }
    case 'local-response-norm': {
      const { radius, bias, alpha, beta } = layer;
      const [batch, height, width, channels] = image.shape;
      const squares = tf.pad(tf.square(image), [
        [0, 0],
        [0, 0],
        [0, 0],
        [radius, radius],
      ]);
      const sums = Array.from({ length: 2 * radius + 1 }, (_, shift) =>
        tf.slice(squares, [0, 0, 0, shift], [batch, height, width, channels]),
      );
      return tf.mul(x, tf.pow(tf.add(tf.mul(tf.addN(sums), alpha), bias), -beta));
    }
    case 'pad':
      return tf.pad(x, [[0, 0], [...layer.rows], [...layer.columns], [0, layer.channels]]);
    case 'global-average-pool':
      return tf.mean(x, [1, 2]);
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, -1]);
    case 'block':
      return applyLayers(paths[0]!, x, forward);
    case 'residual':
      return tf.add(applyLayers(paths[0]!, x, forward), applyLayers(paths[1]!, x, forward));
    case 'concat':
      return tf.concat(
        paths.map((path) => applyLayers(path, x, forward)),
        3,
      );
  }
}

function coversImage(
  { padding, kernel }: { readonly padding: Padding; readonly kernel: number },
  [height, width]: readonly number[],
): boolean {
  return padding === 'valid' && kernel === height && kernel === width;
}

/** A depthwise window as large as the image: a product and a sum, which every engine does fast. */
function wholeImage(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [height, width] = kernel.shape;
  return tf.sum(tf.mul(x, tf.reshape(kernel, [1, height!, width!, -1])), [1, 2], true);
}

/** Padding by number done beforehand, because not every engine's convolution can; spared where `same` does it too. */
function padded(
  x: tf.Tensor4D,
  padding: Padding,
  size: number,
  stride: number,
  value = 0,
): { input: tf.Tensor4D; padding: 'same' | 'valid' } {
  if (typeof padding !== 'number') return { input: x, padding };
  if (stride === 1 && 2 * padding + 1 === size) return { input: x, padding: 'same' };
  return { input: zeroPadded(x, padding, value), padding: 'valid' };
}

function zeroPadded(x: tf.Tensor4D, padding: number, value = 0): tf.Tensor4D {
  if (padding === 0) return x;
  return tf.pad(
    x,
    [
      [0, 0],
      [padding, padding],
      [padding, padding],
      [0, 0],
    ],
    value,
  );
}

/** Moves a running statistic towards the batch's. No gradient flows through it. */
function follow(running: tf.Variable, batch: tf.Tensor, momentum: number): void {
  tf.tidy(() => running.assign(tf.add(running, tf.mul(tf.sub(batch, running), 1 - momentum))));
}
