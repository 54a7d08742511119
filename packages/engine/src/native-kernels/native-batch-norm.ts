import { reshape, tensor1d, tidy, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRAD } from '../batch-norm/batch-norm-kernel-names.ts';
import {
  boolAttr,
  floatAttr,
  floatTypes,
  stringAttr,
  type NativeBackend,
  type OpAttr,
} from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

/** Attributes that the forward and the gradient operation share. */
export function batchNormAttrs(backend: NativeBackend, epsilon: number, training: boolean): OpAttr[] {
  return [
    ...floatTypes(backend, 'T', 'U'),
    floatAttr(backend, 'epsilon', epsilon),
    stringAttr(backend, 'data_format', 'NHWC'),
    boolAttr(backend, 'is_training', training),
  ];
}

/** x [..., C] as the [N, 1, 1, C] that TensorFlow's batch norm wants; 4-D tensors pass as they are. */
export function asImages(x: Tensor): Tensor {
  return x.rank === 4 ? x : reshape(x, [-1, 1, 1, x.shape.at(-1)!]);
}

/** Training batch norm and its gradient through TensorFlow's fused CPU kernels. */
export const nativeBatchNormKernels: KernelConfig[] = [
  {
    kernelName: BATCH_NORM_TRAINING,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, scale, offset } = inputs as Record<'x' | 'scale' | 'offset', Tensor>;
      const { epsilon } = attrs as unknown as { epsilon: number };
      const native = backend as NativeBackend;
      if (hasOwnOperations(native)) {
        const own = [floatAttr(native, 'epsilon', epsilon)];
        return native.executeMultipleOutputs('FtBatchNorm', own, [x, scale, offset], 3);
      }
      return tidy(() => {
        const none = tensor1d([], 'float32');
        // Outputs: y, mean, variance divided by n - 1, mean, variance divided by n, a placeholder.
        const [y, mean, , , variance] = native.executeMultipleOutputs(
          'FusedBatchNormV3',
          batchNormAttrs(native, epsilon, true),
          [asImages(x), scale, offset, none, none],
          6,
        ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
        return [x.rank === 4 ? y : reshape(y, x.shape), mean, variance];
      });
    },
  },
  {
    kernelName: BATCH_NORM_TRAINING_GRAD,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, x, scale, mean, variance } = inputs as Record<
        'dy' | 'x' | 'scale' | 'mean' | 'variance',
        Tensor
      >;
      const { epsilon } = attrs as unknown as { epsilon: number };
      return batchNormTrainingGradients(backend as NativeBackend, { dy, x, scale, mean, variance, epsilon });
    },
  },
];

/** Gradients of the training batch norm for x, scale and offset. */
export function batchNormTrainingGradients(
  native: NativeBackend,
  given: { dy: Tensor; x: Tensor; scale: Tensor; mean: Tensor; variance: Tensor; epsilon: number },
): [dx: Tensor, dScale: Tensor, dOffset: Tensor] {
  const { dy, x, scale, mean, variance, epsilon } = given;
  const inputs = [dy, x, scale, mean, variance];
  if (hasOwnOperations(native)) {
    const own = [floatAttr(native, 'epsilon', epsilon)];
    return native.executeMultipleOutputs('FtBatchNormGradient', own, inputs, 3) as [Tensor, Tensor, Tensor];
  }
  return tidy(() => {
    const [dx, dScale, dOffset] = native.executeMultipleOutputs(
      'FusedBatchNormGradV3',
      batchNormAttrs(native, epsilon, true),
      [asImages(dy), asImages(x), scale, mean, variance, tensor1d([], 'float32')],
      5,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
    return [x.rank === 4 ? dx : reshape(dx, x.shape), dScale, dOffset];
  });
}
