import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from './check-embeddings.ts';

/** Points of a plane through a cloud of embeddings. */
export interface PlaneProjection {
  /** Coordinates of each embedding, [count]. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Share of the cloud's variance along x and along y, in [0, 1]. */
  readonly variance: readonly [x: number, y: number];
}

/**
 * Projects embeddings to the plane in which they vary most: their first two principal components.
 *
 * @param embeddings row-major [count x dimension], finite, at least one row
 * @param dimension >= 2
 * @returns points whose mean is (0, 0); the sign of an axis is such that its largest weight is positive
 * @throws InvalidArgumentError where the embeddings are not such
 * @see Pearson, "On lines and planes of closest fit to systems of points in space" (1901)
 */
export function projectToPlane(embeddings: Float32Array, dimension: number): PlaneProjection {
  const where = 'projectToPlane';
  const count = checkEmbeddings(where, embeddings, dimension);
  if (dimension < 2 || count === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: 'at least one row of two numbers or more',
      got: embeddings,
    });
  }
  const mean = new Float64Array(dimension);
  for (let i = 0; i < embeddings.length; i++) mean[i % dimension]! += embeddings[i]! / count;
  const centred = Float64Array.from(embeddings, (value, i) => value - mean[i % dimension]!);
  const covariance = new Float64Array(dimension * dimension);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dimension; i++) {
      const value = centred[row * dimension + i]! / count;
      for (let j = 0; j < dimension; j++) {
        covariance[i * dimension + j]! += value * centred[row * dimension + j]!;
      }
    }
  }
  let total = 0;
  for (let i = 0; i < dimension; i++) total += covariance[i * dimension + i]!;

  const axes = [leadingAxis(covariance, dimension, null)];
  axes.push(leadingAxis(covariance, dimension, axes[0]!.axis));
  const along = (row: number, axis: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += centred[row * dimension + i]! * axis[i]!;
    return sum;
  };
  const [x, y] = axes as [Axis, Axis];
  return {
    points: Array.from({ length: count }, (_, row) => [along(row, x.axis), along(row, y.axis)] as const),
    variance: total === 0 ? [0, 0] : [x.variance / total, y.variance / total],
  };
}

interface Axis {
  readonly axis: Float64Array;
  readonly variance: number;
}

/** The unit vector along which a cloud varies most, across another one where given, by power iteration. */
function leadingAxis(covariance: Float64Array, dimension: number, across: Float64Array | null): Axis {
  let axis = Float64Array.from({ length: dimension }, (_, i) => Math.cos(i * i + 1));
  let variance = 0;
  for (let iteration = 0; iteration < 1000; iteration++) {
    if (across !== null) {
      const overlap = dot(axis, across);
      axis = axis.map((value, i) => value - overlap * across[i]!);
    }
    const length = Math.sqrt(dot(axis, axis));
    axis = axis.map((value) => value / length);
    const image = axis.map((_, i) => dot(covariance.subarray(i * dimension, (i + 1) * dimension), axis));
    const before = variance;
    variance = dot(image, axis);
    if (variance === 0 || (iteration > 10 && Math.abs(variance - before) < 1e-12 * variance)) break;
    axis = image;
  }
  const length = Math.sqrt(dot(axis, axis));
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return { axis: axis.map((value) => (value / length) * Math.sign(largest)), variance };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
