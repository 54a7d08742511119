import { MetricFormatError } from '../metric-json.ts';
import type { JointBayesian } from './fit-joint-bayesian.ts';

/** A {@link JointBayesian} as plain JSON. */
export interface JointBayesianJson {
  readonly format: 'ft-joint-bayesian-1';
  /** Row-major [dimension x dimension]. */
  readonly weights: readonly number[];
  /** [dimension]. */
  readonly mean: readonly number[];
  /** [dimension]. */
  readonly between: readonly number[];
}

/** The model as plain JSON, without its history. Reading it back gives the same distances to the last digit. */
export function jointBayesianToJson({ map, between }: JointBayesian): JointBayesianJson {
  return {
    format: 'ft-joint-bayesian-1',
    weights: Array.from(map.weights),
    mean: Array.from(map.mean),
    between: Array.from(between),
  };
}

/**
 * Reads a model that was saved as JSON.
 *
 * @param value what `JSON.parse` gave
 * @throws MetricFormatError where it is not what {@link jointBayesianToJson} gives
 */
export function jointBayesianFromJson(value: unknown): JointBayesian {
  const { format, weights, mean, between } = (value ?? {}) as Partial<JointBayesianJson>;
  if (format !== 'ft-joint-bayesian-1') refuse('format must be "ft-joint-bayesian-1"');
  const dimension = Array.isArray(mean) ? mean.length : 0;
  if (!isVector(mean, dimension) || dimension === 0) refuse('mean must be an array of finite numbers');
  if (!isVector(weights, dimension ** 2)) refuse(`weights must be ${dimension ** 2} finite numbers`);
  if (!isVector(between, dimension) || between.some((variance) => variance < 0)) {
    refuse(`between must be ${dimension} numbers from 0`);
  }
  const map = {
    dimension,
    outputDimension: dimension,
    weights: Float64Array.from(weights),
    mean: Float64Array.from(mean),
  };
  return { map, between: Float64Array.from(between), logLikelihood: [] };
}

const isVector = (value: unknown, length: number): value is number[] =>
  Array.isArray(value) && value.length === length && value.every((one) => Number.isFinite(one));

function refuse(what: string): never {
  throw new MetricFormatError(`jointBayesianFromJson: ${what}. Save models by jointBayesianToJson.`);
}
