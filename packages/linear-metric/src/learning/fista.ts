/** A smooth function plus one whose proximal step is known. */
export interface CompositeProblem {
  /** The smooth part at `x`. `gradient` is overwritten unless it is null. */
  smooth(x: Float64Array, gradient: Float64Array | null): number;
  /** The point with the least |x - v|² / 2 + step · penalty(x). */
  prox(v: Float64Array, step: number): Float64Array;
  penalty(x: Float64Array): number;
}

/** One accepted step of {@link fista}. */
export interface CompositeStep {
  readonly x: Float64Array;
  /** Smooth part and penalty together, never above that of the step before. */
  readonly objective: number;
  /** Length of the gradient map at the point that the step was taken from: 0 at an optimum. */
  readonly gradientMap: number;
}

/**
 * Accelerated proximal gradient steps with backtracking, and with the momentum dropped whenever the objective would
 * rise. Reaches the optimum of a convex problem, and descends to a stationary point of another one.
 *
 * @param start a point at which the penalty is finite
 * @param options.curvature guess of the smooth part's curvature, > 0; it is doubled where it is too low
 * @param options.onStep called after each step; true ends
 * @returns the last point
 * @see Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm" (2009)
 * @see O'Donoghue and Candès, "Adaptive restart for accelerated gradient schemes" (2015)
 */
export function fista(
  { smooth, prox, penalty }: CompositeProblem,
  start: Float64Array,
  {
    curvature,
    maxSteps,
    onStep,
  }: {
    readonly curvature: number;
    readonly maxSteps: number;
    readonly onStep: (step: CompositeStep) => boolean;
  },
): Float64Array {
  const gradient = new Float64Array(start.length);
  let x = start;
  let from = start;
  let momentum = 1;
  let guess = curvature;
  let objective = smooth(start, null) + penalty(start);
  for (let count = 0; count < maxSteps;) {
    const value = smooth(from, gradient);
    let next: Float64Array;
    let nextValue: number;
    let length: number;
    // Where the function has become flatter, longer steps are tried again.
    for (guess /= 1.2; ; guess *= 2) {
      next = prox(
        from.map((coordinate, i) => coordinate - gradient[i]! / guess),
        1 / guess,
      );
      nextValue = smooth(next, null);
      let along = 0;
      let square = 0;
      for (let i = 0; i < next.length; i++) {
        const difference = next[i]! - from[i]!;
        along += gradient[i]! * difference;
        square += difference * difference;
      }
      length = Math.sqrt(square);
      const bound = value + along + (guess / 2) * square;
      // Rounding decides once a step changes less than the last digits.
      if (!(nextValue > bound + 1e-12 * Math.abs(value))) break;
    }
    const nextObjective = nextValue + penalty(next);
    if (nextObjective > objective) {
      if (momentum === 1) return x;
      momentum = 1;
      from = x;
      continue;
    }
    count++;
    objective = nextObjective;
    const before = x;
    x = next;
    if (onStep({ x, objective, gradientMap: guess * length })) return x;
    const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const carry = (momentum - 1) / grown;
    from = x.map((coordinate, i) => coordinate + carry * (coordinate - before[i]!));
    momentum = grown;
  }
  return x;
}
