import {
  add,
  backend_util,
  greater,
  minimum,
  mul,
  relu,
  reshape,
  sum,
  tidy,
  where,
  type KernelConfig,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { NativeGradient } from './override-gradient.ts';

/** PReLU (He et al., 2015) as max(x, 0) + alpha min(x, 0). */
export const nativePrelu: KernelConfig = {
  kernelName: 'Prelu',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const { x, alpha } = inputs as Record<'x' | 'alpha', Tensor>;
    return tidy(() => add(relu(x), mul(minimum(x, 0), alpha)));
  },
};

/** Gradient of PReLU; that of alpha is the sum of dy min(x, 0). */
export const preluGradient: NativeGradient = (dy, saved) => {
  const [x, alpha] = saved as [Tensor, Tensor];
  if (x.dtype !== 'float32') return undefined;
  return {
    x: () => where(greater(x, 0), dy, mul(dy, alpha)),
    alpha: () => {
      const product = mul(dy, minimum(x, 0));
      const axes = backend_util.getReductionAxes(alpha.shape, dy.shape);
      return reshape(axes.length > 0 ? sum(product, axes) : product, alpha.shape);
    },
  };
};
