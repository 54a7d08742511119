import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { FloatMemory } from '../float-memory/float-memory.ts';
import { batchNormArrays, batchNormGradArrays } from './batch-norm-arrays.ts';
import { BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRAD } from './batch-norm-kernel-names.ts';

/** The two training batch-norm kernels for a backend whose numbers JavaScript can reach. */
export function arrayBatchNormKernels(memory: FloatMemory): KernelConfig[] {
  const { backendName } = memory;
  return [
    {
      kernelName: BATCH_NORM_TRAINING,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const { x, scale, offset } = inputs as Record<'x' | 'scale' | 'offset', TensorInfo>;
        const { epsilon } = attrs as unknown as { epsilon: number };
        const outputs = [x.shape, scale.shape, scale.shape].map((shape) => memory.allocate(backend, shape));
        const [xs, gains, shifts, y, mean, variance] = [x, scale, offset, ...outputs].map((info) =>
          memory.view(backend, info),
        ) as Six;
        batchNormArrays(xs, gains, shifts, epsilon, y, mean, variance);
        return outputs;
      },
    },
    {
      kernelName: BATCH_NORM_TRAINING_GRAD,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const { dy, x, scale, mean, variance } = inputs as Record<
          'dy' | 'x' | 'scale' | 'mean' | 'variance',
          TensorInfo
        >;
        const { epsilon } = attrs as unknown as { epsilon: number };
        const outputs = [x.shape, scale.shape, scale.shape].map((shape) => memory.allocate(backend, shape));
        const [dx, dScale, dOffset, dys, xs, gains] = [...outputs, dy, x, scale].map((info) =>
          memory.view(backend, info),
        ) as Six;
        const [means, variances] = [mean, variance].map((info) => memory.view(backend, info)) as [
          Float32Array,
          Float32Array,
        ];
        batchNormGradArrays(dys, xs, gains, means, variances, epsilon, dx, dScale, dOffset);
        return outputs;
      },
    },
  ];
}

type Six = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
