import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { checkEmbeddings } from './check-embeddings.ts';

/**
 * The distance of each listed pair of embeddings, summed in double precision.
 *
 * @param embeddings row-major [count x dimension], finite
 * @param dimension length of one embedding, >= 1
 * @param a row of the first embedding of each pair, [pairs], 0 to count - 1
 * @param b row of the second one, [pairs]
 * @param measure `'euclidean'`, `'squared-euclidean'`, or `'cosine'`, which is 1 - cos, in [0, 2]
 * @returns distances, [pairs], smaller is nearer
 * @throws InvalidArgumentError where a shape, an index or an embedding is wrong: a number that is not finite,
 *   or, for `'cosine'`, a row of zeros
 */
export function pairDistances(
  embeddings: Float32Array,
  dimension: number,
  a: Int32Array,
  b: Int32Array,
  measure: DistanceMeasure,
): Float64Array {
  const where = 'pairDistances';
  const count = checkEmbeddings(where, embeddings, dimension);
  if (b.length !== a.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'b',
      expected: `of the length of a, ${a.length}`,
      got: b,
    });
  }
  checkRows(where, 'a', a, count);
  checkRows(where, 'b', b, count);
  const between = distanceOf(where, measure);

  const distances = new Float64Array(a.length);
  for (let pair = 0; pair < a.length; pair++) {
    const distance = between(embeddings, a[pair]! * dimension, b[pair]! * dimension, dimension);
    if (Number.isNaN(distance)) {
      throw new InvalidArgumentError({
        where,
        argument: 'embeddings',
        expected: "of non-zero length in every row for the measure 'cosine'",
        got: `a row of zeros, ${a[pair]} or ${b[pair]}`,
      });
    }
    distances[pair] = distance;
  }
  return distances;
}

type Distance = (data: Float32Array, a: number, b: number, dimension: number) => number;

function distanceOf(where: string, measure: DistanceMeasure): Distance {
  switch (measure) {
    case 'squared-euclidean':
      return squaredEuclidean;
    case 'euclidean':
      return (data, a, b, dimension) => Math.sqrt(squaredEuclidean(data, a, b, dimension));
    case 'cosine':
      return cosine;
    default:
      throw new InvalidArgumentError({
        where,
        argument: 'measure',
        expected: "'euclidean', 'squared-euclidean' or 'cosine'",
        got: measure,
      });
  }
}

const squaredEuclidean: Distance = (data, a, b, dimension) => {
  let sum = 0;
  for (let i = 0; i < dimension; i++) {
    const difference = data[a + i]! - data[b + i]!;
    sum += difference * difference;
  }
  return sum;
};

const cosine: Distance = (data, a, b, dimension) => {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < dimension; i++) {
    const x = data[a + i]!;
    const y = data[b + i]!;
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  // Rounding can put the cosine of parallel vectors a little outside [-1, 1].
  return 1 - Math.min(1, Math.max(-1, dot / Math.sqrt(squareA * squareB)));
};

function checkRows(where: string, argument: string, rows: Int32Array, count: number): void {
  const wrong = rows.find((row) => row < 0 || row >= count);
  if (wrong !== undefined) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `rows from 0 to ${count - 1}`,
      got: wrong,
    });
  }
}
