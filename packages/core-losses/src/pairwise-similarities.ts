import * as tf from '@tensorflow/tfjs-core';
import { addTranspose } from './add-transpose.ts';
import { checkEmbeddings, checkName } from './check-arguments.ts';
import { engineKernel } from './engine-kernel.ts';
import { l2Normalize } from './l2-normalize.ts';
import { readsOnHost } from './reads-on-host.ts';

export interface PairwiseSimilaritiesOptions {
  /** `'cosine'` by default, in [-1, 1]; `'dot'` is the dot product of the rows as they are. */
  readonly measure?: 'cosine' | 'dot';
  /** Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default. */
  readonly checkFinite?: boolean;
}

/**
 * Similarities of all rows of `x` to all rows of `y`: larger is more alike.
 *
 * @param x [anchors, dimension]
 * @param y [candidates, dimension]; `x` itself where `undefined`
 * @returns [anchors, candidates]; a row of zeros has cosine 0 to every row
 * @throws InvalidArgumentError where a shape or the measure is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 */
export function pairwiseSimilarities(
  x: tf.Tensor2D,
  y?: tf.Tensor2D,
  { measure = 'cosine', checkFinite = true }: PairwiseSimilaritiesOptions = {},
): tf.Tensor2D {
  const where = 'pairwiseSimilarities';
  checkEmbeddings(where, x, y, checkFinite);
  checkName(where, 'measure', measure, ['cosine', 'dot']);
  return tf.tidy(() => {
    const a = measure === 'cosine' ? l2Normalize(x) : x;
    if (y === undefined || y === x) return gram(a);
    return tf.matMul(a, measure === 'cosine' ? l2Normalize(y) : y, false, true);
  });
}

/** x times its own transpose. The gradient is one product instead of the two of `matMul`. */
const gram = /* @__PURE__ */ tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
  save([x]);
  return {
    value: tf.matMul(x, x, false, true),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const both = plusTranspose(dy as tf.Tensor2D);
      return tf.matMul(both, saved[0] as tf.Tensor2D);
    },
  };
}) as (x: tf.Tensor2D) => tf.Tensor2D;

function plusTranspose(x: tf.Tensor2D): tf.Tensor2D {
  const native = engineKernel('FtAddTranspose', { x });
  if (native !== undefined) return native[0] as tf.Tensor2D;
  if (!readsOnHost()) return tf.add(x, tf.transpose(x));
  return tf.tensor2d(addTranspose(x.dataSync() as Float32Array, x.shape[0]), x.shape);
}
