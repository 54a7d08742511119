import { FtError } from '@ft/errors';
import { readOperatingPoint, type Interval, type OperatingPoint } from '@ft/eval';
import type { FaceModel } from './face-model.ts';

/** The network has no threshold yet. */
class CalibrationError extends FtError {
  static override readonly code: string = 'FT_CALIBRATION';
}

/** What `ft calibrate` keeps with a network's weights. */
export interface SavedCalibration {
  /** Of pairs: one person or two? */
  readonly point: OperatingPoint;
  /** Of a gallery: which of many people, or nobody? */
  readonly identification: OperatingPoint;
  /** Of the threshold of pairs, by a bootstrap over people. */
  readonly thresholdInterval: Interval;
  readonly people: number;
  /** What it was calibrated on. */
  readonly data: string;
}

/**
 * The calibration of a network.
 *
 * @throws CalibrationError where there is none
 * @throws ModelMismatchError where it was made for other weights or another crop
 */
export function calibrationOf({ directory, id, calibration }: FaceModel): SavedCalibration {
  if (calibration === undefined) {
    throw new CalibrationError(
      `${directory} has no threshold yet. Run: ft calibrate --model ${directory} --data folder:DIR`,
    );
  }
  const saved = calibration as SavedCalibration;
  return {
    ...saved,
    point: readOperatingPoint(saved.point, id),
    identification: readOperatingPoint(saved.identification, id),
  };
}
