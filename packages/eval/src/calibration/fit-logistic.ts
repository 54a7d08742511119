import type { ThresholdCurve } from '../verification/threshold-curve.ts';

/** p(same) = 1 / (1 + exp(-(intercept + slope d))) */
export interface Logistic {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * The logistic curve of highest likelihood, by Newton's method. The truth of n pairs of a class counts as
 * (n + 1) / (n + 2) instead of 1, as Platt proposes, so that classes which don't overlap have a solution.
 *
 * @param middle where given, the distance at which the probability is one half
 * @see Lin, Lin and Weng, "A note on Platt's probabilistic outputs for support vector machines" (2007)
 */
export function fitLogistic(curve: ThresholdCurve, middle?: number): Logistic {
  const { nearest, acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  const targetSame = (sameCount + 1) / (sameCount + 2);
  const targetDifferent = 1 / (differentCount + 2);
  const total = sameCount + differentCount;
  // Each group of equal distances as one point, in units in which the problem is well conditioned.
  const points = Array.from(nearest, (distance, group) => {
    const same = acceptedSame[group + 1]! - acceptedSame[group]!;
    const different = acceptedDifferent[group + 1]! - acceptedDifferent[group]!;
    const weight = same + different;
    return { distance, weight, target: (same * targetSame + different * targetDifferent) / weight };
  });
  const centre = middle ?? points.reduce((sum, { distance, weight }) => sum + distance * weight, 0) / total;
  const scale =
    Math.sqrt(
      points.reduce((sum, { distance, weight }) => sum + weight * (distance - centre) ** 2, 0) / total,
    ) || 1;
  const scaled = points.map((point) => ({ ...point, x: (point.distance - centre) / scale }));

  const loss = (a: number, b: number) =>
    scaled.reduce((sum, { x, weight, target }) => {
      const logit = a * x + b;
      // log(1 + exp(logit)) - target * logit, without overflow.
      return sum + weight * (Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target * logit);
    }, 0);

  let a = 0;
  let b = middle === undefined ? Math.log((sameCount + 1) / (differentCount + 1)) : 0;
  for (let iteration = 0; iteration < 100; iteration++) {
    let ga = 0;
    let gb = 0;
    let haa = 0;
    let hab = 0;
    let hbb = 0;
    for (const { x, weight, target } of scaled) {
      const p = 1 / (1 + Math.exp(-(a * x + b)));
      const residual = weight * (p - target);
      const curvature = weight * p * (1 - p);
      ga += residual * x;
      gb += residual;
      haa += curvature * x * x;
      hab += curvature * x;
      hbb += curvature;
    }
    if (middle !== undefined) [gb, hab, hbb] = [0, 0, 1];
    // A ridge far below the curvature of any real problem keeps equal distances from dividing by 0.
    haa += 1e-12 * total;
    const determinant = haa * hbb - hab * hab;
    const stepA = (hbb * ga - hab * gb) / determinant;
    const stepB = (haa * gb - hab * ga) / determinant;
    const decrease = ga * stepA + gb * stepB;
    if (decrease < 1e-24 * total) break;
    let length = 1;
    // Near the optimum the loss changes by less than its rounding error.
    const most = loss(a, b) * (1 + 1e-12);
    while (length > 1e-6 && loss(a - length * stepA, b - length * stepB) > most) length /= 2;
    a -= length * stepA;
    b -= length * stepB;
  }
  return { slope: a / scale, intercept: b - (a * centre) / scale };
}
