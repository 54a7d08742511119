import { InvalidArgumentError } from '@ft/errors';
import {
  bootstrapVerification,
  calibrate,
  chooseThreshold,
  fpirThreshold,
  pairDistances,
  type CalibrationMethod,
  type ThresholdPolicy,
} from '@ft/eval';
import { createRandom } from '@ft/random';
import type { FaceModel } from './face-model.ts';
import type { LabelledFaces } from './labelled-faces.ts';
import { labelledPairs } from './labelled-pairs.ts';
import type { SavedCalibration } from './saved-calibration.ts';

const REPLICATES = 200;

/** How the thresholds of a network are to be chosen. */
export interface CalibrationChoices {
  readonly policy: ThresholdPolicy;
  readonly method: CalibrationMethod;
  /** Share of strangers for whom somebody may be named. */
  readonly fpir: number;
  /** People in the gallery to come; half of those at hand by default. */
  readonly enrolled?: number;
}

/**
 * Chooses the thresholds of a network on labelled faces, of pairs with its interval and of a gallery, and fits the
 * probabilities.
 */
export function calibrateModel(
  { id, dimension, measure }: Pick<FaceModel, 'id' | 'dimension' | 'measure'>,
  { name, images: { labels } }: LabelledFaces,
  embeddings: Float32Array,
  { policy, method, fpir, enrolled }: CalibrationChoices,
): SavedCalibration {
  const pairs = labelledPairs(labels, createRandom(1, 'pairs'));
  const scored = { ...pairs, distances: pairDistances(embeddings, dimension, pairs.a, pairs.b, measure) };
  const count = new Set(labels).size;
  const people = enrolled ?? Math.floor(count / 2);
  if (people >= count) {
    throw new InvalidArgumentError({
      where: 'ft calibrate',
      argument: '--enrolled',
      expected: `fewer than the ${count} people there are, so that some are strangers`,
      got: people,
    });
  }
  const { threshold } = fpirThreshold({
    embeddings,
    dimension,
    measure,
    labels,
    people,
    limit: fpir,
    random: createRandom(1, 'strangers'),
  });
  const point = calibrate(scored, { model: id, measure, policy, method });
  const { calibration } = point;
  return {
    point,
    identification: {
      ...calibrate(scored, { model: id, measure, policy: { kind: 'fpir', limit: fpir, people, threshold } }),
      calibration,
    },
    thresholdInterval: bootstrapVerification(scored, (curve) => chooseThreshold(curve, policy).threshold, {
      random: createRandom(1, 'threshold'),
      replicates: REPLICATES,
    }).interval,
    people: count,
    data: name,
  };
}
