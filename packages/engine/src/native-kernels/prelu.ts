import {
  add,
  backend_util,
  engine,
  greater,
  maximum,
  minimum,
  mul,
  ones,
  relu,
  reshape,
  sub,
  sum,
  tensor1d,
  tidy,
  where,
  zeros,
  type KernelConfig,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { floatTypes, type NativeBackend } from './native-backend.ts';
import { asImages, batchNormAttrs } from './native-batch-norm.ts';
import type { NativeGradient } from './override-gradient.ts';
import { hasOwnOperations } from './own-operations.ts';

/** PReLU (He et al., 2015): max(x, alpha x) where every slope is in [0, 1], else max(x, 0) + alpha min(x, 0). */
export const nativePrelu: KernelConfig = {
  kernelName: 'Prelu',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend }) => {
    const { x, alpha } = inputs as Record<'x' | 'alpha', Tensor>;
    const native = backend as NativeBackend;
    if (x.dtype === 'float32' && isByChannel(x, alpha) && hasOwnOperations(native)) {
      return native.executeSingleOutput('FtPrelu', [], [x, alpha]);
    }
    // On a GPU, reading the slopes would wait for everything before.
    const ordinary =
      !native.isUsingGpuDevice && alpha.dataSync().every((slope: number) => slope >= 0 && slope <= 1);
    return tidy(() => (ordinary ? maximum(x, mul(x, alpha)) : add(relu(x), mul(minimum(x, 0), alpha))));
  },
};

/** Gradient of PReLU. */
export const preluGradient: NativeGradient = (dy, saved) => {
  const [x, alpha] = saved as [Tensor, Tensor];
  if (x.dtype !== 'float32') return undefined;
  if (!isByChannel(x, alpha)) return composed(dy, x, alpha);
  const native = engine().backend as NativeBackend;
  if (!hasOwnOperations(native)) return byChannel(dy, x, alpha);
  const gradients = native.executeMultipleOutputs('FtPreluGradient', [], [dy, x, alpha], 2);
  const [dx, dAlpha] = gradients as [Tensor, Tensor];
  return { x: () => dx, alpha: () => reshape(dAlpha, alpha.shape) };
};

function isByChannel(x: Tensor, alpha: Tensor): boolean {
  return x.rank > 1 && alpha.size === x.shape.at(-1) && alpha.shape.at(-1) === alpha.size;
}

/**
 * One slope a channel. With p = dy where x > 0 and 0 elsewhere, dx = alpha dy + (1 - alpha) p and
 * dAlpha = sum(dy x) - sum(p x). The gradient of batch norm with mean 0 and variance 1 gives a product by
 * channel and such a sum in one pass.
 */
function byChannel(dy: Tensor, x: Tensor, alpha: Tensor) {
  const native = engine().backend as NativeBackend;
  const channels = alpha.size;
  const slope = reshape(alpha, [channels]);
  const images = asImages(x);
  const [mean, variance, none] = [zeros([channels]), ones([channels]), tensor1d([], 'float32')];
  const scaleAndSum = (gradient: Tensor, scale: Tensor) =>
    native.executeMultipleOutputs(
      'FusedBatchNormGradV3',
      // So small that 1 + epsilon is 1.
      batchNormAttrs(native, 1e-12, false),
      [gradient, images, scale, mean, variance, none],
      5,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const gradient = asImages(dy);
  const positive = native.executeSingleOutput('ReluGrad', floatTypes(native, 'T'), [gradient, images]);
  const [all, sumAll] = scaleAndSum(gradient, slope);
  const [part, sumPart] = scaleAndSum(positive, sub(1, slope));
  return {
    x: () => reshape(add(all, part), x.shape),
    alpha: () => reshape(sub(sumAll, sumPart), alpha.shape),
  };
}

function composed(dy: Tensor, x: Tensor, alpha: Tensor) {
  return {
    x: () => where(greater(x, 0), dy, mul(dy, alpha)),
    alpha: () => {
      const product = mul(dy, minimum(x, 0));
      const axes = backend_util.getReductionAxes(alpha.shape, dy.shape);
      return reshape(axes.length > 0 ? sum(product, axes) : product, alpha.shape);
    },
  };
}
