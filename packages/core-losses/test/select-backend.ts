import { selectEngine, type EngineName } from '@ft/engine';
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

/** Runs a check with loops over numbers that were read, and with tensors alone. */
export function onBothPaths(check: () => void): void {
  check();
  // Both engines are there already, so this has happened when the call returns.
  void tf.setBackend(remote);
  try {
    check();
  } finally {
    void tf.setBackend(onHost);
  }
}
