import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from './check-arguments.ts';
import type { ClassificationLoss } from './classification-loss.ts';
import { l2Normalize } from './l2-normalize.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { pairwiseSimilarities } from './pairwise-similarities.ts';
import { productLoss } from './product-loss.ts';
import { readsOnHost } from './reads-on-host.ts';
import { relationFromLabels } from './relation-from-labels.ts';
import { fillCells, viewRelation } from './relation-view.ts';
import { checkBatch, createWeights, type WeightedLossOptions } from './weighted-loss.ts';

export interface ProxyAnchorLossOptions extends WeightedLossOptions {
  /** Margin of the cosines. 0.1 by default. */
  readonly margin?: number;
  /** Scale of the cosines, above 0. 32 by default. */
  readonly scale?: number;
}

/**
 * Proxy-anchor: the mean over proxies with a sample in the batch of
 * log(1 + sum over samples of the class of e^(-scale (cos - margin))), plus the mean over all proxies of
 * log(1 + sum over other samples of e^(scale (cos + margin))).
 *
 * @param options classes, dimension, seed or first proxies [classes, dimension], margin and scale
 * @throws InvalidArgumentError where an option is wrong
 * @see Kim et al., "Proxy anchor loss for deep metric learning" (2020), arXiv:2003.13911
 */
export function createProxyAnchorLoss(options: ProxyAnchorLossOptions): ClassificationLoss {
  const where = 'createProxyAnchorLoss';
  const { margin = 0.1, scale = 32, classes } = options;
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const proxies = createWeights(where, options);
  const everyClass = Int32Array.from({ length: classes }, (_, i) => i);
  return {
    logits: (embeddings) => pairwiseSimilarities(embeddings, proxies, { checkFinite: false }),
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      if (readsOnHost() && scale * (1 + Math.abs(margin)) < largestLogit) {
        return onHost(embeddings, proxies, labels, margin, scale);
      }
      return tf.tidy(() => {
        const cosines = pairwiseSimilarities(proxies, embeddings, { checkFinite: false });
        const view = viewRelation(where, relationFromLabels(everyClass, labels), cosines);
        const pull = maskedLogSumExp(cosines, {
          scale: -scale,
          bias: fillCells(view, { positive: scale * margin, negative: excluded }),
          plusOne: true,
        });
        const push = maskedLogSumExp(cosines, {
          scale,
          bias: fillCells(view, { positive: excluded, negative: scale * margin }),
          plusOne: true,
        });
        const seen = view.positives.reduce((count, n) => count + Number(n > 0), 0);
        return tf.add(tf.mul(tf.sum(pull), 1 / seen), tf.mul(tf.sum(push), 1 / classes)) as tf.Scalar;
      });
    },
    trainableVariables: () => [proxies],
    dispose: () => proxies.dispose(),
  };
}

/** Float32 holds the exponentials of logits up to this. */
const largestLogit = 80;

/** The same by a loop between products of matrices. */
function onHost(
  embeddings: tf.Tensor2D,
  proxies: tf.Tensor2D,
  labels: Int32Array,
  margin: number,
  scale: number,
): tf.Scalar {
  const classes = proxies.shape[0];
  const options = { scale: 1, reduction: 'sum', count: labels.length } as const;
  return tf.tidy(() =>
    productLoss(l2Normalize(embeddings), l2Normalize(proxies), [], options, (products) => {
      const cells = products.dataSync() as Float32Array;
      const pull = new Float64Array(classes);
      const push = new Float64Array(classes);
      for (let row = 0, i = 0; row < labels.length; row++) {
        const label = labels[row]!;
        const own = Math.exp(-scale * (cells[i + label]! - margin));
        pull[label]! += own;
        for (let proxy = 0; proxy < classes; proxy++, i++) {
          if (proxy === label) cells[i] = own;
          else push[proxy]! += cells[i] = Math.exp(scale * (cells[i]! + margin));
        }
      }
      const seen = pull.reduce((count, sum) => count + Number(sum > 0), 0);
      let sum = 0;
      for (let proxy = 0; proxy < classes; proxy++) {
        sum += Math.log1p(pull[proxy]!) / seen + Math.log1p(push[proxy]!) / classes;
        pull[proxy] = -scale / (seen * (1 + pull[proxy]!));
        push[proxy] = scale / (classes * (1 + push[proxy]!));
      }
      // From the exponentials to the slopes.
      for (let row = 0, i = 0; row < labels.length; row++) {
        for (let proxy = 0; proxy < classes; proxy++, i++) {
          cells[i]! *= proxy === labels[row] ? pull[proxy]! : push[proxy]!;
        }
      }
      return { slopes: tf.tensor2d(cells, products.shape), sum, positive: 0 };
    }),
  );
}
