import { addWeightedGram, mirrorUpper } from '../linear-algebra/add-weighted-gram.ts';
import { quadraticForms } from '../linear-algebra/quadratic-forms.ts';

/** Rows of the first and of the second embedding of each pair. */
type PairRows = readonly [a: Int32Array, b: Int32Array];

/**
 * What a metric is learned from. The value of a sample is the distance of its near pair, less that of its far
 * pair where there is one, so it is linear in the matrix of the metric.
 */
export interface MetricSamples {
  readonly embeddings: Float32Array;
  readonly dimension: number;
  readonly near: PairRows;
  readonly far: PairRows | null;
  /** Kinds of samples that weigh the same together, however many there are of each. */
  readonly strata: readonly Int32Array[];
}

/** A convex loss of a sample's value less the bias. */
export interface SampleLoss {
  readonly hasBias: boolean;
  loss(value: number, sample: number): number;
  slope(value: number, sample: number): number;
  /** The second derivative, or what to take for it where there is none. */
  curvature(value: number, sample: number): number;
}

/** A matrix [d x d] or its gradient, and the bias. */
export interface MetricPoint {
  readonly matrix: Float64Array;
  bias: number;
}

const blockSize = 128;

/**
 * The mean loss of samples: over each stratum, then over the strata.
 *
 * @param point the matrix, symmetric, and the bias
 * @param strata the samples to take, all or those of a batch
 * @param gradient is overwritten; null where only the loss is wanted
 */
export function meanLoss(
  samples: MetricSamples,
  { loss, slope, hasBias }: Pick<SampleLoss, 'hasBias' | 'loss' | 'slope'>,
  point: MetricPoint,
  strata: readonly Int32Array[],
  gradient: MetricPoint | null,
): number {
  const { embeddings, dimension, near, far } = samples;
  const sides = far === null ? [near] : [near, far];
  const rows = sides.map(() => new Float64Array(blockSize * dimension));
  const distances = sides.map(() => new Float64Array(blockSize));
  const weights = new Float64Array(blockSize);
  let total = 0;
  let biasSlope = 0;
  gradient?.matrix.fill(0);
  for (const stratum of strata) {
    const share = 1 / (strata.length * stratum.length);
    for (let start = 0; start < stratum.length; start += blockSize) {
      const count = Math.min(blockSize, stratum.length - start);
      for (const [side, pair] of sides.entries()) {
        differences(embeddings, dimension, pair, stratum, start, count, rows[side]!);
        quadraticForms(rows[side]!, count, point.matrix, dimension, distances[side]!);
      }
      for (let i = 0; i < count; i++) {
        const sample = stratum[start + i]!;
        const value = distances[0]![i]! - (distances[1]?.[i] ?? 0) - (hasBias ? point.bias : 0);
        total += share * loss(value, sample);
        weights[i] = gradient === null ? 0 : share * slope(value, sample);
        biasSlope -= weights[i]!;
      }
      if (gradient === null) continue;
      addWeightedGram(rows[0]!, weights, count, dimension, gradient.matrix);
      if (far === null) continue;
      for (let i = 0; i < count; i++) weights[i] = -weights[i]!;
      addWeightedGram(rows[1]!, weights, count, dimension, gradient.matrix);
    }
  }
  if (gradient !== null) {
    mirrorUpper(gradient.matrix, dimension);
    gradient.bias = hasBias ? biasSlope : 0;
  }
  return total;
}

function differences(
  embeddings: Float32Array,
  dimension: number,
  [a, b]: PairRows,
  stratum: Int32Array,
  from: number,
  count: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const sample = stratum[from + i]!;
    const first = a[sample]! * dimension;
    const second = b[sample]! * dimension;
    const to = i * dimension;
    for (let k = 0; k < dimension; k++) out[to + k] = embeddings[first + k]! - embeddings[second + k]!;
  }
}

/** Second derivatives of a mean loss at a point. */
export interface Curvature {
  /** The largest in any direction of M; 0 where the loss is flat. */
  readonly matrix: number;
  /** In the bias. */
  readonly bias: number;
}

/**
 * How much the mean loss bends at a point, by power iteration on at most 2,048 samples of each stratum.
 *
 * @param loss whose curvature weighs the samples
 */
export function lossCurvature(samples: MetricSamples, loss: SampleLoss, point: MetricPoint): Curvature {
  const { dimension, strata } = samples;
  const some = strata.map((stratum) => {
    const step = Math.max(1, stratum.length / 2048);
    return stratum.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  });
  const bends = new Float64Array(samples.near[0].length);
  const record = {
    hasBias: loss.hasBias,
    loss: (value: number, sample: number) => (bends[sample] = loss.curvature(value, sample)),
    slope: () => 0,
  };
  const bias = meanLoss(samples, record, point, some, null);
  // The second derivative along a direction is the mean of bend · ⟨A, direction⟩².
  const bend = {
    hasBias: false,
    loss: (value: number, sample: number) => (bends[sample]! * value ** 2) / 2,
    slope: (value: number, sample: number) => bends[sample]! * value,
  };
  let direction = new Float64Array(dimension * dimension);
  for (let i = 0; i < dimension; i++) direction[i * dimension + i] = 1 / Math.sqrt(dimension);
  let largest = 0;
  for (let iteration = 0; iteration < 10; iteration++) {
    const image = { matrix: new Float64Array(dimension * dimension), bias: 0 };
    meanLoss(samples, bend, { matrix: direction, bias: 0 }, some, image);
    const length = Math.sqrt(image.matrix.reduce((sum, value) => sum + value * value, 0));
    if (length === 0) break;
    const before = largest;
    largest = length;
    if (largest - before < 0.01 * largest) break;
    direction = image.matrix.map((value) => value / length);
  }
  return { matrix: largest, bias };
}

/** The unit in which a bias bends as much as the matrix. */
export function biasUnit({ matrix, bias }: Curvature): number {
  return matrix > 0 && bias > 0 ? Math.sqrt(matrix / bias) : 1;
}
