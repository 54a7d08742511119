import { describeValue, FtError } from '@ft/errors';
import { metricOfWeights, rankOf, type LinearMetric } from './linear-metric.ts';
import { symmetricEigen } from './linear-algebra/symmetric-eigen.ts';

/** A {@link LinearMetric} as plain JSON. */
export interface MetricJson {
  readonly format: 'ft-linear-metric-1';
  readonly dimension: number;
  readonly outputDimension: number;
  /** W, row-major [outputDimension x dimension]. */
  readonly weights: readonly number[];
  readonly bias: number | null;
}

/** What was to be read as a metric is not one. */
export class MetricFormatError extends FtError {
  static override readonly code: string = 'FT_METRIC_FORMAT';
}

/** The metric as plain JSON. Reading it back gives the same distances to the last digit. */
export function metricToJson({ dimension, outputDimension, weights, bias }: LinearMetric): MetricJson {
  return { format: 'ft-linear-metric-1', dimension, outputDimension, weights: Array.from(weights), bias };
}

/**
 * Reads a metric that was saved as JSON.
 *
 * @param value what `JSON.parse` gave
 * @throws MetricFormatError where it is not what {@link metricToJson} gives
 */
export function metricFromJson(value: unknown): LinearMetric {
  const { format, dimension, outputDimension, weights, bias } = (value ?? {}) as Partial<MetricJson>;
  expect(format === 'ft-linear-metric-1', 'format', '"ft-linear-metric-1"', format);
  expect(isSize(dimension), 'dimension', 'an integer from 1', dimension);
  expect(isSize(outputDimension), 'outputDimension', 'an integer from 1', outputDimension);
  const size = dimension! * outputDimension!;
  expect(
    Array.isArray(weights) && weights.length === size,
    'weights',
    `an array of dimension x outputDimension = ${size} numbers`,
    weights,
  );
  const wrong = weights!.findIndex((weight) => !Number.isFinite(weight));
  expect(wrong < 0, `weights[${wrong}]`, 'a finite number', weights![wrong]);
  expect(bias === null || Number.isFinite(bias), 'bias', 'a finite number or null', bias);
  const metric = metricOfWeights(Float64Array.from(weights!), dimension!, 0, bias!);
  return { ...metric, rank: rankOf(symmetricEigen(metric.matrix, dimension!).values) };
}

function expect(fits: boolean, what: string, expected: string, got: unknown): void {
  if (fits) return;
  throw new MetricFormatError(
    `metricFromJson: ${what} must be ${expected}, got ${describeValue(got)}. Save metrics by metricToJson.`,
  );
}

const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 1;
