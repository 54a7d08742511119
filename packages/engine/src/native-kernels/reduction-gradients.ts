import {
  backend_util,
  engine,
  mul,
  reshape,
  tensor1d,
  util,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { floatTypes, intTypes, type NativeBackend } from './native-backend.ts';
import type { NativeGradient } from './override-gradient.ts';

/**
 * Gradients of sum and mean: the small gradient is scaled while it is small and then repeated, where tfjs
 * multiplies by a tensor of ones that JavaScript fills.
 */
export const reductionGradients: Record<string, NativeGradient> = {
  Sum: (dy, [x], attrs) => repeated(dy, x!, attrs, () => 1),
  Mean: (dy, [x], attrs) => repeated(dy, x!, attrs, (count) => 1 / count),
};

function repeated(dy: Tensor, x: Tensor, attrs: NamedAttrMap, factor: (count: number) => number) {
  if (x.dtype !== 'float32') return undefined;
  const axes = util.parseAxisParam(attrs['axis'] as number | number[], x.shape);
  const [, reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const scale = factor(util.sizeFromShape(reduced));
  return {
    x: () => {
      const native = engine().backend as NativeBackend;
      const small = reshape(scale === 1 ? dy : mul(dy, scale), kept);
      const types = [...floatTypes(native, 'T'), ...intTypes(native, 'Tidx')];
      return native.executeSingleOutput('BroadcastTo', types, [small, tensor1d(x.shape, 'int32')]);
    },
  };
}
