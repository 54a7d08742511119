import { InvalidArgumentError } from '@ft/errors';
import type { Lfw } from './lfw.ts';

/** What may be used to train the model that is tested on one fold of View 2. */
export interface FoldTraining {
  /** Images of the people of the nine other folds: positions in `Lfw.dataset.images`, rising. */
  readonly images: Int32Array;
  /** Positions in `view2.pairs` of the nine other folds, for choosing a threshold or restricted training. */
  readonly trainPairs: Int32Array;
  /** Positions in `view2.pairs` of the tested fold. */
  readonly testPairs: Int32Array;
}

/**
 * The training material for one fold of View 2, without any image of the people tested there.
 *
 * @param fold the tested fold, from 0 to 9
 * @throws InvalidArgumentError where there is no such fold
 */
export function foldTraining({ view2 }: Pick<Lfw, 'view2'>, fold: number): FoldTraining {
  const { pairs, peopleFolds } = view2;
  if (!Number.isInteger(fold) || fold < 0 || fold >= peopleFolds.length) {
    throw new InvalidArgumentError({
      where: 'foldTraining',
      argument: 'fold',
      expected: `an integer from 0 to ${peopleFolds.length - 1}`,
      got: fold,
    });
  }
  const others = peopleFolds.filter((_, i) => i !== fold);
  const positions = Array.from(pairs.fold, (_, i) => i);
  return {
    images: Int32Array.from(others.flatMap(({ images }) => [...images])).sort(),
    trainPairs: Int32Array.from(positions.filter((i) => pairs.fold[i] !== fold)),
    testPairs: Int32Array.from(positions.filter((i) => pairs.fold[i] === fold)),
  };
}
