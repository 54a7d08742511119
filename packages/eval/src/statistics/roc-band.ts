import { tarAtFar } from '../verification/tar-at-far.ts';
import { weightedCurves } from '../verification/weighted-curves.ts';
import { identityBootstrap, type BootstrapOptions, type IdentifiedPairs } from './identity-bootstrap.ts';

/** Intervals of a ROC curve, as columns of equal length. */
export interface RocBand {
  /** False accept rates, ascending. */
  readonly far: number[];
  /** Lower ends of the intervals of the true accept rate there. */
  readonly low: number[];
  /** Upper ends. */
  readonly high: number[];
}

/**
 * The uncertainty of a ROC curve: at each false accept rate, the interval of the true accept rate, by a
 * bootstrap over identities. The intervals hold one by one, not all at once.
 *
 * @param pairs distances, truth, and the two identities of each pair
 * @returns the band at six rates in each power of ten, from that of one different pair up to 1
 * @throws InvalidArgumentError where lengths differ, truth and identities disagree, or one class is absent
 */
export function rocBand(pairs: IdentifiedPairs, options: BootstrapOptions): RocBand {
  const where = 'rocBand';
  const curveOf = weightedCurves(where, pairs);
  const different = Array.from(pairs.same).filter((same) => !same).length;
  const steps = Math.floor(6 * Math.log10(different));
  const far = Array.from({ length: steps + 1 }, (_, i) => 10 ** ((i - steps) / 6));
  const intervals = identityBootstrap(where, pairs, options, (weights) => {
    const curve = curveOf(weights);
    return far.map((limit) => tarAtFar(curve, limit).tar);
  }).map(({ interval }) => interval);
  return { far, low: intervals.map(({ low }) => low), high: intervals.map(({ high }) => high) };
}
