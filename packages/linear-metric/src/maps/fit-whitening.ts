import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from '../input/check-embeddings.ts';
import { checkShrinkage } from '../input/check-shrinkage.ts';
import { rowsOfIdentities, type LabelledEmbeddings } from '../input/rows-of-identities.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import type { LinearMap } from './linear-map.ts';
import { groupsAroundMeans, meanOf, scatterOf } from './scatter.ts';

/** What a whitening is fitted to. */
export interface WhiteningOptions extends LabelledEmbeddings {
  /**
   * Share of a multiple of the identity that the covariance is mixed with, 0 to 1, so that directions with little
   * or no variance are not blown up. Default 0.01.
   */
  readonly shrinkage?: number;
}

/**
 * Within-class whitening: the map after which images of one person vary alike, with variance 1, in all directions.
 *
 * @returns the map x -> W (x - mean), [dimension x dimension]
 * @throws InvalidArgumentError where the embeddings or labels are not as documented, no identity has two
 *   embeddings, embeddings of one identity never differ, or `shrinkage` is 0 and there is no variance in some direction
 */
export function fitWhitening({
  embeddings,
  dimension,
  labels,
  shrinkage = 0.01,
}: WhiteningOptions): LinearMap {
  const where = 'fitWhitening';
  const count = checkEmbeddings(where, embeddings, dimension);
  const identities = rowsOfIdentities(where, labels, count);
  checkShrinkage(where, shrinkage);
  const scatter = scatterOf(embeddings, dimension, groupsAroundMeans(embeddings, dimension, identities));
  const freedom = count - identities.length;
  const { values, vectors } = symmetricEigen(scatter, dimension);
  const average = values.reduce((sum, value) => sum + value, 0) / dimension;
  const variances = values.map((value) => (1 - shrinkage) * Math.max(0, value) + shrinkage * average);
  if (!(variances[dimension - 1]! > 1e-12 * variances[0]!)) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: 'such that those of one identity differ in every direction',
      got: `no difference in ${variances.filter((value) => !(value > 1e-12 * variances[0]!)).length} of ${dimension} directions`,
      remedy: 'Give a shrinkage above 0, fewer dimensions by fitPca, or embeddings that differ at all.',
    });
  }
  const weights = Float64Array.from(
    vectors,
    (value, i) => value / Math.sqrt(variances[Math.floor(i / dimension)]! / freedom),
  );
  return { dimension, outputDimension: dimension, weights, mean: meanOf(embeddings, dimension) };
}
