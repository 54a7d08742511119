import { engine, type GradConfig, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRAD } from './batch-norm-kernel-names.ts';

/** Gradient of the training batch norm: one kernel call for all three inputs, on every backend. */
export const batchNormTrainingGradient: GradConfig = {
  kernelName: BATCH_NORM_TRAINING,
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attrs) => {
    const dy = (dys as Tensor[])[0]!;
    const [x, scale, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor];
    const inputs = { dy, x, scale, mean, variance };
    const gradients = engine().runKernel(BATCH_NORM_TRAINING_GRAD, inputs, attrs as NamedAttrMap) as Tensor[];
    const [dx, dScale, dOffset] = gradients as [Tensor, Tensor, Tensor];
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
};
