import { clone, engine, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { floatTypes, stringAttr, type NativeBackend } from './native-backend.ts';
import type { NativeGradient } from './override-gradient.ts';

/** Gradient of a sum of x [..., C] and a bias, one number a channel, in either order. */
export const biasGradient: NativeGradient = (dy, saved) => {
  const [a, b] = saved as [Tensor, Tensor];
  if (isBiasOf(b, a)) return { a: () => clone(dy), b: () => perChannel(dy, b) };
  if (isBiasOf(a, b)) return { a: () => perChannel(dy, a), b: () => clone(dy) };
  return undefined;
};

function isBiasOf(bias: Tensor, x: Tensor): boolean {
  const channels = bias.shape.at(-1);
  const isFloat = bias.dtype === 'float32' && x.dtype === 'float32';
  return isFloat && bias.size === channels && x.shape.at(-1) === channels && x.rank > bias.rank && x.size > 0;
}

function perChannel(dy: Tensor, bias: Tensor): Tensor {
  const native = engine().backend as NativeBackend;
  const attrs = [...floatTypes(native, 'T'), stringAttr(native, 'data_format', 'NHWC')];
  return reshape(native.executeSingleOutput('BiasAddGrad', attrs, [dy]), bias.shape);
}
