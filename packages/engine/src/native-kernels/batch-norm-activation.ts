import { engine, type GradConfig, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { BATCH_NORM_ACTIVATION } from './fused-kernel-names.ts';
import type { NativeBackend } from './native-backend.ts';
import { ownBatchNorm, ownBatchNormGradients } from './native-batch-norm.ts';

type Inputs = Record<'x' | 'scale' | 'offset' | 'slopes', Tensor>;

const epsilonOf = (attrs: unknown): number => (attrs as { epsilon: number }).epsilon;

/** Batch norm in training and the activation behind it, by one operation of our own. */
export const batchNormActivation: KernelConfig = {
  kernelName: BATCH_NORM_ACTIVATION,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) =>
    ownBatchNorm(backend as NativeBackend, inputs as Inputs, { epsilon: epsilonOf(attrs), relu: true }),
};

/** Gradient of both, by one operation, too. */
export const batchNormActivationGradient: GradConfig = {
  kernelName: BATCH_NORM_ACTIVATION,
  inputsToSave: ['x', 'scale', 'offset', 'slopes'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attrs) => {
    const [x, scale, offset, slopes, mean, variance] = saved as Six;
    const [dx, dScale, dOffset, dSlopes] = ownBatchNormGradients(
      engine().backend as NativeBackend,
      { dy: (dys as Tensor[])[0]!, x, scale, offset, slopes, mean, variance },
      { epsilon: epsilonOf(attrs), relu: true },
    );
    return { x: () => dx, scale: () => dScale, offset: () => dOffset, slopes: () => dSlopes };
  },
};

type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
