import { accelerate, selectEngine, type EngineName } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';

// The fastest engine that is there, or the one that is asked for.
const name = process.env['FT_TEST_ENGINE'] as EngineName | undefined;
await selectEngine(name === undefined ? {} : { require: name });

// The same engine under a name that says nothing of where its tensors lie, so that losses use tensors alone.
const onHost = tf.getBackend();
const remote = `${onHost}-remote`;
tf.copyRegisteredKernels(onHost, remote);
tf.registerBackend(remote, () => tf.findBackend(onHost));
await tf.setBackend(remote);
await tf.setBackend(onHost);

accelerate();
const names = [
  'UnitRows',
  'UnitRowsGradient',
  'PairwiseDistances',
  'Laplacian',
  'AddTranspose',
  'CrossEntropy',
  'Angular',
];
const matrixKernels = names
  .map((kernel) => tf.getKernel(`Ft${kernel}`, onHost))
  .filter((kernel) => kernel !== undefined);

/** Runs a check with the engine's matrix kernels, with loops over numbers that were read, and with tensors alone. */
export function onEveryPath(check: () => void): void {
  if (matrixKernels.length > 0) check();
  for (const { kernelName, backendName } of matrixKernels) tf.unregisterKernel(kernelName, backendName);
  try {
    check();
    // Both engines are there already, so this has happened when the call returns.
    void tf.setBackend(remote);
    check();
  } finally {
    void tf.setBackend(onHost);
    for (const kernel of matrixKernels) tf.registerKernel(kernel);
  }
}
