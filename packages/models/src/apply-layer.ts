import * as tf from '@tensorflow/tfjs-core';
import { activate, type Activation } from './activate.ts';
import { affine } from './affine.ts';
import type { Layer, Padding } from './architecture.ts';
import { batchNormTraining } from './batch-norm.ts';
import { fusedConvolution } from './fused-convolution.ts';
import { fuseLayers, isConvolution, scaleAndOffset, type FusedLayers } from './fused-layers.ts';
import { padded, zeroPadded } from './padded.ts';
import type { PlannedLayer } from './plan-architecture.ts';
import { unitLength } from './unit-length.ts';

/** What a layer needs besides its input. */
export interface Forward {
  /** By full name, e.g. `conv1/kernel`. */
  weight(name: string): tf.Variable;
  /** Does batch norm of this layer use the batch's own statistics and update the running ones? */
  training(layerName: string): boolean;
}

/** Applies layers in order. Run it in `tf.tidy`. */
export function applyLayers(path: readonly PlannedLayer[], x: tf.Tensor, forward: Forward): tf.Tensor {
  return applyGroups(fuseLayers(path, forward), x, forward);
}

function applyGroups(groups: readonly FusedLayers[], x: tf.Tensor, forward: Forward): tf.Tensor {
  return groups.reduce((y, group) => {
    const next = applyGroup(group, y, forward);
    if (y !== x && y !== next) discard(y);
    return next;
  }, x);
}

/** Frees what no gradient will ask for, so that the next image takes its memory, which the caches still hold. */
function discard(tensor: tf.Tensor): void {
  if (tf.engine().state.gradientDepth === 0) tensor.dispose();
}

function activationOf({ activation }: FusedLayers, forward: Forward): Activation | undefined {
  if (activation === undefined) return undefined;
  return activation.layer.type === 'relu'
    ? { type: 'relu' }
    : { type: 'prelu', slopes: forward.weight(`${activation.name}/slope`) };
}

/** @param addend an image that is added before the activation */
function applyConvolution(
  group: FusedLayers,
  x: tf.Tensor,
  forward: Forward,
  addend?: tf.Tensor,
  activation = activationOf(group, forward),
): tf.Tensor {
  const { first, norm } = group;
  const layer = first.layer as Extract<Layer, { type: 'conv' | 'depthwise-conv' }>;
  const own = (suffix: string) => forward.weight(`${first.name}/${suffix}`);
  const filter = own('kernel') as tf.Tensor4D;
  const bias = layer.bias ? own('bias') : undefined;
  const { scale, offset: shift } = norm ? scaleAndOffset(norm, forward) : {};
  const scaledBias = bias && scale ? tf.mul(bias, scale) : bias;
  const offset = shift && scaledBias ? tf.add(shift, scaledBias) : (shift ?? scaledBias);
  const depthwise = layer.type === 'depthwise-conv';
  if (depthwise && coversImage(layer, first.inputShape)) {
    const factor = scale && tf.reshape(scale, [-1, 1]);
    const sum = wholeImage(x, factor ? tf.mul(filter, factor) : filter);
    const terms = [offset, addend].filter((term) => term !== undefined);
    return activate(
      terms.reduce<tf.Tensor>((y, term) => tf.add(y, term), sum),
      activation,
    );
  }
  const window = { kernel: layer.kernel, stride: layer.stride, padding: layer.padding ?? 'same', depthwise };
  return fusedConvolution(x as tf.Tensor4D, filter, window, { scale, offset, addend, activation });
}

function applyResidual(group: FusedLayers, x: tf.Tensor, forward: Forward): tf.Tensor {
  const [branch, shortcut] = group.first.paths as [readonly PlannedLayer[], readonly PlannedLayer[]];
  const activation = activationOf(group, forward);
  const addend = applyLayers(shortcut, x, forward);
  const groups = fuseLayers(branch, forward);
  const last = groups.at(-1);
  if (last && isConvolution(last.first) && last.activation === undefined) {
    const inner = applyGroups(groups.slice(0, -1), x, forward);
    const y = applyConvolution(last, inner, forward, addend, activation);
    for (const tensor of [inner, addend]) if (tensor !== x) discard(tensor);
    return y;
  }
  const inner = applyGroups(groups, x, forward);
  const y = activate(tf.add(inner, addend), activation);
  for (const tensor of [inner, addend]) if (tensor !== x) discard(tensor);
  return y;
}

function applyGroup(group: FusedLayers, x: tf.Tensor, forward: Forward): tf.Tensor {
  const { layer, name, paths } = group.first;
  const weight = (suffix: string) => forward.weight(`${name}/${suffix}`);
  const vector = (suffix: string) => weight(suffix) as unknown as tf.Tensor1D;
  const withBias = (y: tf.Tensor, bias: boolean) => (bias ? tf.add(y, weight('bias')) : y);
  const image = x as tf.Tensor4D;
  switch (layer.type) {
    case 'conv':
    case 'depthwise-conv':
      return applyConvolution(group, x, forward);
    case 'residual':
      return applyResidual(group, x, forward);
    case 'dense':
      return withBias(tf.matMul(x as tf.Tensor2D, weight('kernel') as tf.Tensor2D), layer.bias);
    case 'batch-norm': {
      const { epsilon, momentum } = layer;
      const [scale, offset] = [vector('scale'), vector('offset')];
      if (!forward.training(name)) {
        return tf.batchNorm(x, vector('mean'), vector('variance'), offset, scale, epsilon);
      }
      const activation = activationOf(group, forward);
      const { y, mean, variance } = batchNormTraining(x, scale, offset, epsilon, activation);
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
    case 'crop':
      return tf.slice(image, [0, layer.top, layer.left, 0], [-1, layer.size, layer.size, -1]);
    case 'global-average-pool':
      return tf.mean(x, [1, 2]);
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, -1]);
    case 'l2-normalize':
      return unitLength(x);
    case 'block':
      return applyLayers(paths[0]!, x, forward);
    case 'concat':
      return tf.concat(
        paths.map((path) => applyLayers(path, x, forward)),
        -1,
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

/** Moves a running statistic towards the batch's. No gradient flows through it. */
function follow(running: tf.Variable, batch: tf.Tensor, momentum: number): void {
  tf.tidy(() => running.assign(tf.add(running, tf.mul(tf.sub(batch, running), 1 - momentum))));
}
