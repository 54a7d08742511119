import { checkEmbeddings } from '../input/check-embeddings.ts';
import { checkRows } from '../input/check-rows.ts';
import { mapRows } from '../maps/linear-map.ts';
import type { JointBayesian } from './fit-joint-bayesian.ts';

/**
 * The negative log-likelihood ratio of each listed pair being of one identity rather than of two.
 *
 * @param model fitted on embeddings of the same network
 * @param embeddings row-major [count x model.map.dimension], finite
 * @param a row of the first embedding of each pair, [pairs]
 * @param b row of the second one, [pairs]
 * @returns [pairs], of any sign, smaller is nearer; below 0, one identity is the likelier
 * @throws InvalidArgumentError where a shape or an index is wrong or an embedding is not finite
 */
export function jointBayesianDistances(
  { map, between }: JointBayesian,
  embeddings: Float32Array,
  a: Int32Array,
  b: Int32Array,
): Float64Array {
  const where = 'jointBayesianDistances';
  checkRows(where, { a, b }, checkEmbeddings(where, embeddings, map.dimension));
  const mapped = mapRows(map, embeddings);
  const n = between.length;
  return Float64Array.from(a, (first, pair) => {
    let twice = 0;
    for (let i = 0; i < n; i++) {
      const x = mapped[first * n + i]!;
      const y = mapped[b[pair]! * n + i]!;
      const variance = between[i]!;
      const squares = x * x + y * y;
      const same =
        Math.log1p(2 * variance) + ((1 + variance) * squares - 2 * variance * x * y) / (1 + 2 * variance);
      const different = 2 * Math.log1p(variance) + squares / (1 + variance);
      twice += same - different;
    }
    return twice / 2;
  });
}
