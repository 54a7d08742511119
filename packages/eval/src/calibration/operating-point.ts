import { FtError, InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { thresholdCurve, type ScoredPairs } from '../verification/threshold-curve.ts';
import type { Calibration } from './calibration.ts';
import { chooseThreshold, type ThresholdPolicy } from './choose-threshold.ts';
import { fitCalibration, type CalibrationMethod } from './fit-calibration.ts';

/** A threshold belongs to another model than the one it is to be used with. */
export class ModelMismatchError extends FtError {
  static override readonly code: string = 'FT_MODEL_MISMATCH';
}

/**
 * Where a network decides: a threshold and a calibration, tied to the network whose distances they were
 * chosen on. Plain JSON, kept beside the network's weights.
 */
export interface OperatingPoint {
  readonly version: 1;
  /** Identifies the network's weights and how images are prepared for it, e.g. a hash of both. */
  readonly model: string;
  readonly measure: DistanceMeasure;
  readonly policy: ThresholdPolicy;
  /** A pair is called same where its distance is below this. */
  readonly threshold: number;
  /** False accept rate on the pairs that the threshold was chosen on. */
  readonly far: number;
  /** False reject rate on those pairs. */
  readonly frr: number;
  readonly pairs: { readonly same: number; readonly different: number };
  readonly calibration: Calibration;
}

/** What {@link calibrate} needs beside the pairs. */
export interface CalibrateOptions {
  /** Identifies the network, not empty. */
  readonly model: string;
  /** How the distances were measured. */
  readonly measure: DistanceMeasure;
  /** `{ kind: 'accuracy' }` by default. */
  readonly policy?: ThresholdPolicy;
  /** `'platt'` by default. */
  readonly method?: CalibrationMethod;
}

/**
 * Chooses a threshold and fits a calibration for a network, on pairs that it was not trained on.
 *
 * @throws InvalidArgumentError where the pairs or the options are not as documented
 */
export function calibrate(pairs: ScoredPairs, options: CalibrateOptions): OperatingPoint {
  const where = 'calibrate';
  const { model, measure, policy = { kind: 'accuracy' }, method = 'platt' } = options;
  if (typeof model !== 'string' || model === '') {
    throw new InvalidArgumentError({ where, argument: 'model', expected: 'a text, not empty', got: model });
  }
  const curve = thresholdCurve(pairs, where);
  const chosen = chooseThreshold(curve, policy);
  return {
    version: 1,
    model,
    measure,
    policy,
    ...chosen,
    pairs: { same: curve.sameCount, different: curve.differentCount },
    calibration: fitCalibration(pairs, method, chosen.threshold),
  };
}

/**
 * Takes an operating point that was saved as JSON, for use with a network.
 *
 * @param value what `JSON.parse` gave
 * @param model the network that it is to be used with
 * @throws ModelMismatchError where it was made for another network
 * @throws InvalidArgumentError where it is not an operating point of this version
 */
export function readOperatingPoint(value: unknown, model: string): OperatingPoint {
  const point = value as Partial<OperatingPoint> | null;
  if (
    typeof point !== 'object' ||
    point === null ||
    point.version !== 1 ||
    typeof point.model !== 'string' ||
    typeof point.measure !== 'string' ||
    !Number.isFinite(point.threshold) ||
    typeof point.calibration !== 'object' ||
    !['platt', 'temperature', 'isotonic'].includes(point.calibration?.method)
  ) {
    throw new InvalidArgumentError({
      where: 'readOperatingPoint',
      argument: 'value',
      expected: 'an operating point of version 1, as calibrate gives it',
      got: value,
    });
  }
  if (point.model !== model) {
    throw new ModelMismatchError(
      `readOperatingPoint: the threshold belongs to the model ${JSON.stringify(point.model)} and the model in use is ${JSON.stringify(model)}. Calibrate this model on pairs of its own.`,
    );
  }
  return point as OperatingPoint;
}
