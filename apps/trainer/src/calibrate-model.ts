import {
  bootstrapVerification,
  calibrate,
  chooseThreshold,
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

/** Chooses the threshold of a network on labelled faces, with its interval, and fits the probabilities. */
export function calibrateModel(
  { id, dimension, measure }: Pick<FaceModel, 'id' | 'dimension' | 'measure'>,
  { name, images: { labels } }: LabelledFaces,
  embeddings: Float32Array,
  { policy, method }: { readonly policy: ThresholdPolicy; readonly method: CalibrationMethod },
): SavedCalibration {
  const pairs = labelledPairs(labels, createRandom(1, 'pairs'));
  const scored = { ...pairs, distances: pairDistances(embeddings, dimension, pairs.a, pairs.b, measure) };
  return {
    point: calibrate(scored, { model: id, measure, policy, method }),
    thresholdInterval: bootstrapVerification(scored, (curve) => chooseThreshold(curve, policy).threshold, {
      random: createRandom(1, 'threshold'),
      replicates: REPLICATES,
    }).interval,
    people: new Set(labels).size,
    data: name,
  };
}
