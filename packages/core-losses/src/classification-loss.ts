import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';
import { hostMap } from './host-map.ts';
import { l2Normalize } from './l2-normalize.ts';
import { readsOnHost } from './reads-on-host.ts';
import { reduce, type Reduction } from './reduction.ts';
import { anchorTerms } from './relation-view.ts';
import { crossEntropyLoss, softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { checkBatch, createWeights, type WeightedLoss, type WeightedLossOptions } from './weighted-loss.ts';

/** A loss that is the cross-entropy of logits over classes. */
export interface ClassificationLoss extends WeightedLoss {
  /** Logits without a margin, to classify with: [n, classes] of embeddings [n, dimension]. */
  logits(embeddings: tf.Tensor2D): tf.Tensor2D;
}

export interface ClassificationLossOptions extends WeightedLossOptions {
  /** How the cross-entropies of the samples become one number. `'mean'` by default. */
  readonly reduction?: Reduction;
}

/** The cosines of the embeddings to the classes, and what is made of them. */
export interface CosineLogits {
  readonly where: string;
  readonly options: ClassificationLossOptions;
  readonly rowsPerClass?: number;
  /** Cosines to the rows of the weights -> one for each class. */
  readonly perClass?: (cosines: tf.Tensor2D) => tf.Tensor2D;
  /** Cosine to the right class -> the same with its margin, [n, 1]. */
  readonly withMargin?: (target: tf.Tensor, embeddings: tf.Tensor2D) => tf.Tensor;
  /** The same for one number, with its slope; absent where the embedding has a say. */
  readonly marginOf?: (cosine: number) => { readonly value: number; readonly slope: number };
  /** Cosines with margins -> logits. */
  readonly scaled: (cosines: tf.Tensor2D, embeddings: tf.Tensor2D, weights: tf.Tensor2D) => tf.Tensor2D;
  /** Anything to add to the cross-entropies, [n, 1]. */
  readonly penalty?: (embeddings: tf.Tensor2D) => tf.Tensor;
}

/** A softmax loss on cosines between embeddings and class weights, with a margin for the right class. */
export function createCosineLoss(
  spec: CosineLogits,
): ClassificationLoss & { weights: tf.Variable<tf.Rank.R2> } {
  const { where, options, perClass = (c) => c, withMargin, marginOf, scaled, penalty } = spec;
  const { reduction = 'mean' } = options;
  const weights = createWeights(where, options, spec.rowsPerClass);
  const cosinesOf = (embeddings: tf.Tensor2D) =>
    perClass(tf.matMul(l2Normalize(embeddings), l2Normalize(weights), false, true));
  return {
    weights,
    logits: (embeddings) => tf.tidy(() => scaled(cosinesOf(embeddings), embeddings, weights)),
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      return tf.tidy(() => {
        let cosines = cosinesOf(embeddings);
        if (marginOf !== undefined && readsOnHost()) {
          cosines = withTargets(cosines, labels, marginOf);
        } else if (withMargin !== undefined) {
          const right = oneHot(labels, options.classes);
          const target = tf.sum(tf.mul(cosines, right), 1, true);
          cosines = tf.add(cosines, tf.mul(right, tf.sub(withMargin(target, embeddings), target)));
        }
        const logits = scaled(cosines, embeddings, weights);
        if (penalty === undefined) return crossEntropyLoss(where, logits, labels, reduction);
        const values = tf.add(softmaxCrossEntropy(logits, labels), penalty(embeddings));
        return reduce(where, anchorTerms(values, new Uint8Array(labels.length).fill(1)), reduction);
      });
    },
    trainableVariables: () => [weights],
    dispose: () => weights.dispose(),
  };
}

/** The cosines with those to the right classes replaced. */
function withTargets(
  cosines: tf.Tensor2D,
  labels: Int32Array,
  marginOf: NonNullable<CosineLogits['marginOf']>,
): tf.Tensor2D {
  return hostMap(cosines, 1, (cells, results, slopes) => {
    results.set(cells);
    slopes.fill(1);
    for (let row = 0; row < labels.length; row++) {
      const i = row * cosines.shape[1] + labels[row]!;
      const { value, slope } = marginOf(cells[i]!);
      results[i] = value;
      slopes[i] = slope;
    }
  });
}
