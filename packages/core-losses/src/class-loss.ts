import * as tf from '@tensorflow/tfjs-core';
import { productLoss } from './product-loss.ts';
import type { Reduction } from './reduction.ts';
import { crossEntropies } from './softmax-cross-entropy.ts';

/** The cosine to the right class with its margin, and its slopes in the cosine and in the length of the embedding. */
interface Margined {
  readonly value: number;
  readonly slope: number;
  readonly byLength?: number;
}

/** The logits of the classes, each of those of its centres. */
export interface LogitsOfCenters {
  /** The caller may change them. */
  readonly logits: Float32Array;
  /** Replaces the logits of the centres by their slopes, of those of the classes. */
  spread(slopes: Float32Array): void;
}

/** How logits are made of the cosines of embeddings to the rows of the weights, number by number. */
export interface ClassLogits {
  readonly scale: number;
  /** Whose lengths multiply the logits, too. */
  readonly lengths: { readonly embeddings: boolean; readonly weights: boolean };
  /** Where every class has several rows: what comes of their logits. */
  readonly ofClasses?: ((ofCenters: Float32Array) => LogitsOfCenters) | undefined;
  readonly marginOf?: ((cosine: number, length: number) => Margined) | undefined;
  /** What to add to the cross-entropy of an embedding of this length. */
  readonly penaltyOf?: ((length: number) => { readonly value: number; readonly slope: number }) | undefined;
}

/**
 * The reduced cross-entropies of such logits, from embeddings and weights, where numbers can be read: the engine does
 * what is the same for all logits, and loops do the rest.
 */
export function classLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  labels: Int32Array,
  classes: number,
  reduction: Reduction,
  { scale, lengths, ofClasses, marginOf, penaltyOf }: ClassLogits,
): tf.Scalar {
  const count = labels.length;
  const unit = { embeddings: !lengths.embeddings, weights: !lengths.weights };
  return productLoss(embeddings, weights, { unit, scale, reduction, count }, (products, x, w) => {
    const mixed = ofClasses?.(products);
    const logits = mixed?.logits ?? products;
    // Of every row: the slope of its right logit in the one without a margin, and what a slope in that logit adds
    // along the embedding and along the weights.
    const slopeOf = new Float64Array(count).fill(1);
    const alongX = new Float64Array(count);
    const alongW = new Float64Array(count);
    const penalties = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const [inverse, ofWeights] = [x.inverse[row]!, w.inverse[labels[row]!]!];
      const length = inverse === 0 ? 0 : 1 / inverse;
      if (marginOf !== undefined) {
        let factor = scale;
        if (lengths.embeddings) factor *= length;
        if (lengths.weights) factor *= ofWeights === 0 ? 0 : 1 / ofWeights;
        const right = row * classes + labels[row]!;
        const cosine = factor === 0 ? 0 : logits[right]! / factor;
        const { value, slope, byLength = 0 } = marginOf(cosine, length);
        logits[right] = factor * value;
        slopeOf[row] = slope;
        const rest = factor * (value - slope * cosine);
        alongX[row] = factor * byLength * inverse + (lengths.embeddings ? rest * inverse ** 2 : 0);
        alongW[row] = lengths.weights ? rest * ofWeights ** 2 : 0;
      }
      if (penaltyOf !== undefined) {
        const { value, slope } = penaltyOf(length);
        penalties[row] = value;
        x.along[row] = slope * inverse;
      }
    }
    const terms = crossEntropies(tf.tensor2d(logits, [count, classes]), labels, penalties);
    const { slopes } = terms;
    for (let row = 0; row < count; row++) {
      const right = row * classes + labels[row]!;
      x.along[row]! += slopes[right]! * alongX[row]!;
      w.along[labels[row]!]! += slopes[right]! * alongW[row]!;
      slopes[right]! *= slopeOf[row]!;
    }
    if (mixed === undefined) return terms;
    mixed.spread(slopes);
    return { ...terms, slopes: products };
  });
}
