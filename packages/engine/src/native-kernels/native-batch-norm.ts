import { reshape, tensor1d, tidy, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRAD } from '../batch-norm/batch-norm-kernel-names.ts';
import {
  boolAttr,
  floatAttr,
  floatListAttr,
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

/** What our own batch norm is told: what is added to variances, and whether ReLU follows where there are no slopes. */
interface OwnNormal {
  readonly epsilon: number;
  readonly relu: boolean;
}

const ownAttrs = (native: NativeBackend, { epsilon, relu }: OwnNormal): OpAttr[] => [
  floatListAttr(native, 'normal', [epsilon, Number(relu)]),
];

/** Normalises a batch by its own statistics, then PReLU where `slopes` are not empty: the result, mean and variance. */
export function ownBatchNorm(
  native: NativeBackend,
  { x, scale, offset, slopes }: Record<'x' | 'scale' | 'offset' | 'slopes', Tensor>,
  normal: OwnNormal,
): Tensor[] {
  return native.executeMultipleOutputs(
    'FtBatchNorm',
    ownAttrs(native, normal),
    [x, scale, offset, slopes],
    3,
  );
}

/** Gradients of {@link ownBatchNorm} by x, scale, offset and slopes. */
export function ownBatchNormGradients(
  native: NativeBackend,
  given: Record<'dy' | 'x' | 'scale' | 'offset' | 'slopes' | 'mean' | 'variance', Tensor>,
  normal: OwnNormal,
): [dx: Tensor, dScale: Tensor, dOffset: Tensor, dSlopes: Tensor] {
  const { dy, x, scale, offset, slopes, mean, variance } = given;
  const inputs = [dy, x, scale, offset, slopes, mean, variance];
  const gradients = native.executeMultipleOutputs('FtBatchNormGradient', ownAttrs(native, normal), inputs, 4);
  return gradients as [Tensor, Tensor, Tensor, Tensor];
}

/** Normalises by given statistics. */
export function ownNormalize(
  native: NativeBackend,
  { x, mean, variance, scale, offset }: Record<'x' | 'mean' | 'variance' | 'scale' | 'offset', Tensor>,
  epsilon: number,
): Tensor {
  const attrs = ownAttrs(native, { epsilon, relu: false });
  return native.executeSingleOutput('FtNormalize', attrs, [x, mean, variance, scale, offset]);
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
        return tidy(() =>
          ownBatchNorm(native, { x, scale, offset, slopes: tensor1d([]) }, { epsilon, relu: false }),
        );
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
  if (hasOwnOperations(native)) {
    return tidy(() => {
      // The offset matters to an activation only.
      const inputs = { ...given, offset: scale, slopes: tensor1d([]) };
      const [dx, dScale, dOffset] = ownBatchNormGradients(native, inputs, { epsilon, relu: false });
      return [dx, dScale, dOffset];
    });
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
