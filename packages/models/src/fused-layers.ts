import * as tf from '@tensorflow/tfjs-core';
import type { Forward } from './apply-layer.ts';
import type { PlannedLayer } from './plan-architecture.ts';

/** The kernel that @ft/engine registers: batch norm by given statistics as a product and a sum. */
const FUSED_KERNEL = 'FtNormFactors';

/** A layer with those behind it that one pass over the image computes too. */
export interface FusedLayers {
  readonly first: PlannedLayer;
  /** A scale and offset, where the batch's own statistics do not make them. */
  readonly norm?: PlannedLayer;
  readonly activation?: PlannedLayer;
}

/** The layers of a path, with what can follow a convolution, a sum or batch norm in training taken together with it. */
export function fuseLayers(path: readonly PlannedLayer[], forward: Forward): FusedLayers[] {
  const isConstantNorm = (planned: PlannedLayer) =>
    planned.layer.type === 'affine' ||
    (planned.layer.type === 'batch-norm' && !forward.training(planned.name));
  const groups: FusedLayers[] = [];
  for (let i = 0; i < path.length;) {
    const first = path[i++]!;
    const norm = isConvolution(first) && path[i] && isConstantNorm(path[i]!) ? path[i++] : undefined;
    const takesActivation =
      isConvolution(first) ||
      first.layer.type === 'residual' ||
      (first.layer.type === 'batch-norm' && forward.training(first.name));
    const activation = takesActivation && path[i] && isActivation(path[i]!) ? path[i++] : undefined;
    groups.push({ first, ...(norm ? { norm } : {}), ...(activation ? { activation } : {}) });
  }
  return groups;
}

export function isConvolution({ layer }: PlannedLayer): boolean {
  return layer.type === 'conv' || layer.type === 'depthwise-conv';
}

function isActivation({ layer }: PlannedLayer): boolean {
  return layer.type === 'relu' || layer.type === 'prelu';
}

/** What a constant norm multiplies by and adds, one number a channel. */
export function scaleAndOffset(
  { layer, name }: PlannedLayer,
  forward: Forward,
): { scale: tf.Tensor; offset: tf.Tensor } {
  const weight = (suffix: string) => forward.weight(`${name}/${suffix}`);
  const [scale, offset] = [weight('scale'), weight('offset')];
  if (layer.type !== 'batch-norm') return { scale, offset };
  const [mean, variance] = [weight('mean'), weight('variance')];
  if (tf.getKernel(FUSED_KERNEL, tf.getBackend()) !== undefined) {
    const inputs = { scale, offset, mean, variance };
    const [factors, shifts] = tf.engine().runKernel(FUSED_KERNEL, inputs, {
      epsilon: layer.epsilon,
    }) as unknown as [tf.Tensor, tf.Tensor];
    return { scale: factors, offset: shifts };
  }
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, layer.epsilon)));
  return { scale: factor, offset: tf.sub(offset, tf.mul(mean, factor)) };
}
