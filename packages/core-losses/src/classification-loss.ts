import * as tf from '@tensorflow/tfjs-core';
import { classLoss, type ClassLogits } from './class-loss.ts';
import { reducesOnHost } from './host-loss.ts';
import { l2Normalize } from './l2-normalize.ts';
import { oneHot } from './one-hot.ts';
import { reduce, type Reduction } from './reduction.ts';
import { anchorTerms } from './relation-view.ts';
import { rowLengths } from './row-lengths.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
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

/** The cosines of the embeddings to the classes, and what is made of them: by tensors, and number by number. */
export interface CosineLogits {
  readonly where: string;
  readonly options: ClassificationLossOptions;
  /** Multiplies the cosines. */
  readonly scale: number;
  /** Whose lengths multiply them, too. */
  readonly lengths?: 'embeddings' | 'both';
  /** Where a class has several rows of the weights: cosines to all rows -> one for each class. */
  readonly centers?: {
    readonly perClass: number;
    readonly ofClasses: (cosines: tf.Tensor2D) => tf.Tensor2D;
    /** Left out where it is the largest. */
    readonly onHost?: NonNullable<ClassLogits['ofClasses']>;
  };
  /** Cosine to the right class -> the same with its margin; as a tensor [n, 1]. */
  readonly margin?: {
    readonly ofTargets: (targets: tf.Tensor, embeddings: tf.Tensor2D) => tf.Tensor;
    readonly ofTarget: NonNullable<ClassLogits['marginOf']>;
  };
  /** What to add to the cross-entropy of an embedding; as a tensor [n, 1]. */
  readonly penalty?: {
    readonly ofEmbeddings: (embeddings: tf.Tensor2D) => tf.Tensor;
    readonly ofLength: NonNullable<ClassLogits['penaltyOf']>;
  };
}

/** A softmax loss on cosines between embeddings and class weights, with a margin for the right class. */
export function createCosineLoss(
  spec: CosineLogits,
): ClassificationLoss & { weights: tf.Variable<tf.Rank.R2> } {
  const { where, options, scale, lengths, centers, margin, penalty } = spec;
  const { reduction = 'mean', classes } = options;
  const weights = createWeights(where, options, centers?.perClass);
  const cosinesOf = (embeddings: tf.Tensor2D) => {
    const cosines = tf.matMul(l2Normalize(embeddings), l2Normalize(weights), false, true) as tf.Tensor2D;
    return centers === undefined ? cosines : centers.ofClasses(cosines);
  };
  const scaled = (cosines: tf.Tensor2D, embeddings: tf.Tensor2D) => {
    let logits = tf.mul<tf.Tensor2D>(cosines, scale);
    if (lengths !== undefined) logits = tf.mul(logits, tf.expandDims(rowLengths(embeddings), 1));
    return lengths === 'both' ? tf.mul<tf.Tensor2D>(logits, rowLengths(weights)) : logits;
  };
  const onHost: ClassLogits = {
    scale,
    lengths,
    centers: centers?.perClass ?? 1,
    ofClasses: centers?.onHost,
    marginOf: margin?.ofTarget,
    penaltyOf: penalty?.ofLength,
  };
  return {
    weights,
    logits: (embeddings) => tf.tidy(() => scaled(cosinesOf(embeddings), embeddings)),
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      if (reducesOnHost(reduction)) return classLoss(embeddings, weights, labels, classes, reduction, onHost);
      return tf.tidy(() => {
        let cosines = cosinesOf(embeddings);
        if (margin !== undefined) {
          const right = oneHot(labels, classes);
          const targets = tf.sum(tf.mul(cosines, right), 1, true);
          const change = tf.sub(margin.ofTargets(targets, embeddings), targets);
          cosines = tf.add(cosines, tf.mul(right, change));
        }
        let values: tf.Tensor = softmaxCrossEntropy(scaled(cosines, embeddings), labels);
        if (penalty !== undefined) values = tf.add(values, penalty.ofEmbeddings(embeddings));
        return reduce(where, anchorTerms(values, new Uint8Array(labels.length).fill(1)), reduction);
      });
    },
    trainableVariables: () => [weights],
    dispose: () => weights.dispose(),
  };
}
