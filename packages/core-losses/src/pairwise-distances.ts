import type { DistanceMeasure } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkEmbeddings } from './check-arguments.ts';
import { l2Normalize } from './l2-normalize.ts';
import { distancesOnHost } from './distances-on-host.ts';
import { engineKernel } from './engine-kernel.ts';
import { graphLaplacian } from './graph-laplacian.ts';
import { readsOnHost } from './reads-on-host.ts';
import { squaredDistances } from './squared-distances.ts';
import { InvalidArgumentError } from '@ft/errors';

export interface PairwiseDistancesOptions {
  /** `'euclidean'` by default; `'cosine'` is 1 - cos, in [0, 2]. Only `'cosine'` normalises the rows. */
  readonly measure?: DistanceMeasure;
  /** Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default. */
  readonly checkFinite?: boolean;
}

/**
 * Distances of all rows of `x` to all rows of `y`.
 *
 * Accurate for close points too: a squared distance is right to about 1e-6 of itself (on webgl and webgpu to about
 * 1e-9 of the largest squared length, below which it is 0). The distance of copies is exactly 0 and has gradient 0.
 *
 * @param x [anchors, dimension]
 * @param y [candidates, dimension]; `x` itself where `undefined`
 * @returns [anchors, candidates], >= 0
 * @throws InvalidArgumentError where a shape or the measure is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 */
export function pairwiseDistances(
  x: tf.Tensor2D,
  y?: tf.Tensor2D,
  { measure = 'euclidean', checkFinite = true }: PairwiseDistancesOptions = {},
): tf.Tensor2D {
  checkEmbeddings('pairwiseDistances', x, y, checkFinite);
  const reference = y === x ? undefined : y;
  return tf.tidy(() => {
    switch (measure) {
      case 'euclidean':
        return between(x, reference, 'euclidean');
      case 'squared-euclidean':
        return between(x, reference, 'squared-euclidean');
      case 'cosine': {
        // For unit vectors 1 - cos is half the squared distance, which keeps its digits for close points.
        const unit = reference === undefined ? undefined : l2Normalize(reference);
        return tf.mul(between(l2Normalize(x), unit, 'squared-euclidean'), 0.5) as tf.Tensor2D;
      }
      default:
        throw new InvalidArgumentError({
          where: 'pairwiseDistances',
          argument: 'measure',
          expected: '"euclidean", "squared-euclidean" or "cosine"',
          got: measure,
        });
    }
  });
}

function between(
  x: tf.Tensor2D,
  y: tf.Tensor2D | undefined,
  measure: 'euclidean' | 'squared-euclidean',
): tf.Tensor2D {
  return y === undefined ? withSelf[measure](x) : withReference[measure](x, y);
}

/** Distances without a gradient, squared or not. */
function distancesOf(x: tf.Tensor2D, y: tf.Tensor2D, root: boolean): tf.Tensor2D {
  const native = engineKernel('FtPairwiseDistances', x === y ? { x } : { x, y }, { root });
  if (native !== undefined) return native[0] as tf.Tensor2D;
  if (readsOnHost()) return distancesOnHost(x, y, root);
  const squared = squaredDistances(x, y);
  return root ? tf.sqrt(squared) : squared;
}

const withSelf = {
  euclidean: /* @__PURE__ */ tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const distances = distancesOf(x, x, true);
    save([x, distances]);
    return {
      value: distances,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        readsOnHost()
          ? spreadOnHost(dy, saved[0] as tf.Tensor2D, saved[1])
          : spread(symmetric(perDistance(dy, saved[1]!)), saved[0]!, saved[0]!),
    };
  }) as (x: tf.Tensor2D) => tf.Tensor2D,

  'squared-euclidean': /* @__PURE__ */ tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([x]);
    return {
      value: distancesOf(x, x, false),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        readsOnHost()
          ? spreadOnHost(dy, saved[0] as tf.Tensor2D)
          : tf.mul(spread(symmetric(dy), saved[0]!, saved[0]!), 2),
    };
  }) as (x: tf.Tensor2D) => tf.Tensor2D,
};

const withReference = {
  euclidean: /* @__PURE__ */ tf.customGrad((...args) => {
    const [x, y, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const distances = distancesOf(x, y, true);
    save([x, y, distances]);
    return {
      value: distances,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to, d] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const weights = perDistance(dy, d);
        return [spread(weights, from, to), spread(tf.transpose(weights), to, from)];
      },
    };
  }) as (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor2D,

  'squared-euclidean': /* @__PURE__ */ tf.customGrad((...args) => {
    const [x, y, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    save([x, y]);
    return {
      value: distancesOf(x, y, false),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to] = saved as [tf.Tensor, tf.Tensor];
        const weights = tf.mul(dy, 2);
        return [spread(weights, from, to), spread(tf.transpose(weights), to, from)];
      },
    };
  }) as (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor2D,
};

/** Nothing beside any distance that can be told from 0, and keeps a division by 0 out. */
const tiny = 1e-37;

/** dy / d, and 0 where d is 0. */
function perDistance(dy: tf.Tensor, distances: tf.Tensor): tf.Tensor {
  return tf.div(tf.mul(dy, isPositive(distances)), tf.add(distances, tiny));
}

function symmetric(weights: tf.Tensor): tf.Tensor {
  return tf.add(weights, tf.transpose(weights));
}

/** The same for distances of rows to themselves, where the slopes can be read. */
function spreadOnHost(dy: tf.Tensor, x: tf.Tensor2D, distances?: tf.Tensor): tf.Tensor {
  const native = engineKernel('FtLaplacian', distances ? { slopes: dy, distances } : { slopes: dy });
  if (native !== undefined) return tf.matMul(native[0] as tf.Tensor2D, x);
  const n = x.shape[0];
  const slopes = dy.dataSync() as Float32Array;
  const laplacian = graphLaplacian(slopes, n, distances?.dataSync() as Float32Array | undefined);
  return tf.matMul(tf.tensor2d(laplacian, [n, n]), x);
}

/** Row i: the sum over j of weights[i, j] (from[i] - to[j]). */
function spread(weights: tf.Tensor, from: tf.Tensor, to: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(from, tf.sum(weights, 1, true)), tf.matMul(weights as tf.Tensor2D, to as tf.Tensor2D));
}
