import type { SampleLoss } from './metric-problem.ts';

/**
 * log(1 + exp(-y (b - d))) of a pair at distance d, with y = 1 for same and -1 for different pairs.
 *
 * @see Guillaumin et al., "Is that you? Metric learning approaches for face identification", ICCV 2009
 */
export function logisticLoss(same: ArrayLike<number | boolean>): SampleLoss {
  const signed = (value: number, pair: number) => (same[pair] ? value : -value);
  return {
    hasBias: true,
    // The larger of the two exponents is taken out, so that neither overflows.
    loss: (value, pair) => {
      const z = signed(value, pair);
      return Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z)));
    },
    slope: (value, pair) => signed(1 / (1 + Math.exp(-signed(value, pair))), pair),
    curvature: (value) => {
      const tail = Math.exp(-Math.abs(value));
      return tail / (1 + tail) ** 2;
    },
  };
}

/** max(0, margin + d(a, p) - d(a, n)) of a triplet. Its curvature is that of a smoothing as wide as the margin. */
export function hingeLoss(margin: number): SampleLoss {
  return {
    hasBias: false,
    loss: (value) => Math.max(0, margin + value),
    slope: (value) => (margin + value > 0 ? 1 : 0),
    curvature: (value) => (margin + value > 0 ? 1 / margin : 0),
  };
}

/** Half the square of the hinge: smooth, so that the exact solver takes it. */
export function squaredHingeLoss(margin: number): SampleLoss {
  return {
    hasBias: false,
    loss: (value) => Math.max(0, margin + value) ** 2 / 2,
    slope: (value) => Math.max(0, margin + value),
    curvature: (value) => (margin + value > 0 ? 1 : 0),
  };
}
