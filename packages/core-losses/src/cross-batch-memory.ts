import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkMatrix } from './check-arguments.ts';

/** The last embeddings that were put in, as a reference set for any loss. */
export interface CrossBatchMemory {
  /** How many embeddings it holds now, at most the capacity. */
  readonly size: number;
  /** Labels of what it holds, oldest first, [size]. */
  readonly labels: Int32Array;
  /**
   * What it holds, oldest first, [size, dimension], without a gradient. It belongs to the memory and lives until
   * the next enqueue, clear or dispose.
   *
   * @throws InvalidArgumentError where the memory is empty
   */
  embeddings(): tf.Tensor2D;
  /**
   * Puts a batch in and drops the oldest embeddings.
   *
   * @param embeddings [n, dimension], n at most the capacity; their values are copied
   * @param labels [n]
   * @returns for every row of the batch the candidate that it is: the self index for relationFromLabels
   */
  enqueue(embeddings: tf.Tensor2D, labels: Int32Array): Int32Array;
  /** Forgets everything. */
  clear(): void;
  /** Frees the tensor. */
  dispose(): void;
}

/**
 * A first-in first-out memory of embeddings of past batches.
 *
 * A loss sees more negatives than the batch has: distances of the batch to `embeddings()`, and
 * `relationFromLabels(batchLabels, memory.labels, selfIndex)` or a miner on top.
 *
 * @param options `capacity`, at least 1, and `dimension` of an embedding, at least 1
 * @throws InvalidArgumentError where an option is wrong
 * @see Wang et al., "Cross-batch memory for embedding learning" (2020), arXiv:1912.06798; He et al., "Momentum
 * contrast" (2020), arXiv:1911.05722
 */
export function createCrossBatchMemory(options: {
  readonly capacity: number;
  readonly dimension: number;
}): CrossBatchMemory {
  const where = 'createCrossBatchMemory';
  const { capacity, dimension } = options;
  checkInteger(where, 'capacity', capacity, 1);
  checkInteger(where, 'dimension', dimension, 1);
  let held: tf.Tensor2D | undefined;
  let labels = new Int32Array();

  const clear = () => {
    held?.dispose();
    held = undefined;
    labels = new Int32Array();
  };
  return {
    get size() {
      return labels.length;
    },
    get labels() {
      return labels;
    },
    embeddings() {
      if (held !== undefined) return held;
      throw new InvalidArgumentError({
        where: 'CrossBatchMemory.embeddings',
        argument: 'the memory',
        expected: 'filled',
        got: 'an empty one',
        remedy: 'Call enqueue first.',
      });
    },
    enqueue(embeddings, batchLabels) {
      checkMatrix('CrossBatchMemory.enqueue', 'embeddings', embeddings, false);
      const n = embeddings.shape[0];
      if (embeddings.shape[1] !== dimension || n > capacity || batchLabels.length !== n) {
        throw new InvalidArgumentError({
          where: 'CrossBatchMemory.enqueue',
          argument: 'embeddings',
          expected: `at most ${capacity} rows of dimension ${dimension}, and as many as labels, ${batchLabels.length}`,
          got: embeddings,
        });
      }
      const kept = Math.min(labels.length, capacity - n);
      const dropped = labels.length - kept;
      const next = tf.tidy(() => {
        const old = held === undefined || kept === 0 ? [] : [tf.slice(held, [dropped, 0], [kept, dimension])];
        return tf.keep(tf.concat([...old, detach(embeddings)]));
      });
      held?.dispose();
      held = next;
      const all = new Int32Array(kept + n);
      all.set(labels.subarray(dropped));
      all.set(batchLabels, kept);
      labels = all;
      return Int32Array.from({ length: n }, (_, i) => kept + i);
    },
    clear,
    dispose: clear,
  };
}

/** A copy that no gradient passes. */
const detach = /* @__PURE__ */ tf.customGrad((x) => {
  const { shape } = x as tf.Tensor;
  return { value: tf.clone(x as tf.Tensor), gradFunc: () => tf.zeros(shape) };
}) as (x: tf.Tensor2D) => tf.Tensor2D;
