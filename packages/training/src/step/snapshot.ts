import * as tf from '@tensorflow/tfjs-core';

/** The values that variables had, until it is disposed of. */
export interface Snapshot {
  /** Gives the variables their values back. */
  restore(): void;
  dispose(): void;
}

/** Remembers the values of variables, without copying them. */
export function snapshot(variables: readonly tf.Variable[]): Snapshot {
  const copies = variables.map((variable) => tf.keep(tf.clone(variable)));
  return {
    restore() {
      variables.forEach((variable, i) => variable.assign(copies[i]!));
    },
    dispose: () => tf.dispose(copies),
  };
}
