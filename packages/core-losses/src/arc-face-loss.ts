import * as tf from '@tensorflow/tfjs-core';
import { angularMarginOf, withAngularMargin } from './angular-margin.ts';
import { checkInteger, checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';
import { l2Normalize } from './l2-normalize.ts';
import { checkBatch } from './weighted-loss.ts';

export interface ArcFaceLossOptions extends ClassificationLossOptions {
  /** Added to the angle to the right class, in degrees, 0 to 180. 28.6 by default, which is 0.5 rad. */
  readonly margin?: number;
  /** Scale of the cosines, above 0. 64 by default. */
  readonly scale?: number;
}

/**
 * ArcFace: softmax over scale cos(theta), with scale cos(theta + margin) for the right class.
 *
 * Where theta + margin would pass 180 degrees, cos(theta) - margin sin(margin) (in radians) keeps the loss growing.
 *
 * @param options classes, dimension, seed or first weights [classes, dimension], margin, scale and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Deng et al., "ArcFace" (2019), arXiv:1801.07698
 */
export function createArcFaceLoss(options: ArcFaceLossOptions): ClassificationLoss {
  return createCosineLoss(arcFace('createArcFaceLoss', options));
}

function arcFace(where: string, options: ArcFaceLossOptions) {
  const { margin = 28.6, scale = 64 } = options;
  checkNumber(where, 'margin', margin, { minimum: 0, maximum: 180 });
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const radians = (margin * Math.PI) / 180;
  return {
    where,
    options,
    scale,
    margin: {
      ofTargets: (targets: tf.Tensor) => withAngularMargin(targets, tf.scalar(radians)),
      ofTarget: (cosine: number) => angularMarginOf(cosine, radians),
    },
  };
}

export interface SubCenterArcFaceLossOptions extends ArcFaceLossOptions {
  /** Centres of every class, at least 1. 3 by default. */
  readonly subCenters?: number;
}

export interface SubCenterArcFaceLoss extends ClassificationLoss {
  /**
   * The samples of a set that are far from the centre that most of their class are near to: noise candidates.
   *
   * @param embeddings [n, dimension]
   * @param labels class of every row
   * @param angle samples farther than this from the centre are outliers, in degrees, 0 to 180. 75 by default
   * @returns their rows, ascending
   */
  outliers(embeddings: tf.Tensor2D, labels: Int32Array, angle?: number): Int32Array;
}

/**
 * Sub-centre ArcFace: ArcFace in which the nearest of several centres of a class counts.
 *
 * @param options as for createArcFaceLoss, with first weights [classes x subCenters, dimension], a class's centres
 * in consecutive rows, and subCenters
 * @throws InvalidArgumentError where an option is wrong
 * @see Deng et al., "Sub-center ArcFace: boosting face recognition by large-scale noisy web faces" (2020)
 */
export function createSubCenterArcFaceLoss(options: SubCenterArcFaceLossOptions): SubCenterArcFaceLoss {
  const where = 'createSubCenterArcFaceLoss';
  const { subCenters = 3, classes } = options;
  checkInteger(where, 'subCenters', subCenters, 1);
  const loss = createCosineLoss({
    ...arcFace(where, options),
    centers: {
      perClass: subCenters,
      ofClasses: (cosines) => tf.max(tf.reshape(cosines, [-1, classes, subCenters]), 2),
    },
  });
  return {
    ...loss,
    outliers(embeddings, labels, angle = 75) {
      checkBatch('outliers', embeddings, labels, options);
      checkNumber('outliers', 'angle', angle, { minimum: 0, maximum: 180 });
      const all = tf.tidy(() =>
        tf.matMul(l2Normalize(embeddings), l2Normalize(loss.weights), false, true).dataSync(),
      );
      const cosine = (row: number, center: number) =>
        all[(row * classes + labels[row]!) * subCenters + center]!;
      const dominant = dominantCenters(labels, classes, subCenters, cosine);
      const limit = Math.cos((angle * Math.PI) / 180);
      const rows = Array.from(labels.keys()).filter((row) => cosine(row, dominant[labels[row]!]!) < limit);
      return Int32Array.from(rows);
    },
  };
}

/** For every class the centre that is nearest to most of its samples; the first of several. */
function dominantCenters(
  labels: Int32Array,
  classes: number,
  subCenters: number,
  cosine: (row: number, center: number) => number,
): Int32Array {
  const counts = new Int32Array(classes * subCenters);
  labels.forEach((label, row) => {
    let nearest = 0;
    for (let k = 1; k < subCenters; k++) if (cosine(row, k) > cosine(row, nearest)) nearest = k;
    counts[label * subCenters + nearest]!++;
  });
  return Int32Array.from({ length: classes }, (_, label) => {
    const own = counts.subarray(label * subCenters, (label + 1) * subCenters);
    return own.indexOf(Math.max(...own));
  });
}
