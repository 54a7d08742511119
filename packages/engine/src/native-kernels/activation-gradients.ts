import { engine, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';
import { floatAttr, floatTypes, type NativeBackend } from './native-backend.ts';
import type { NativeGradient } from './override-gradient.ts';

/** Gradients of activations as one TensorFlow operation each, where tfjs builds and multiplies a mask. */
export const activationGradients: Record<string, NativeGradient> = {
  Relu: (dy, [x]) => oneOperation('ReluGrad', dy, x!),
  Relu6: (dy, [x]) => oneOperation('Relu6Grad', dy, x!),
  LeakyRelu: (dy, [x], attrs) => oneOperation('LeakyReluGrad', dy, x!, attrs),
};

function oneOperation(operation: string, dy: Tensor, x: Tensor, attrs?: NamedAttrMap) {
  if (x.dtype !== 'float32') return undefined;
  const native = engine().backend as NativeBackend;
  const opAttrs = floatTypes(native, 'T');
  if (attrs !== undefined) opAttrs.push(floatAttr(native, 'alpha', attrs['alpha'] as number));
  return { x: () => native.executeSingleOutput(operation, opAttrs, [dy, x]) };
}
