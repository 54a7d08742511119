const steps = 64;
const stepsPerUnit = steps / Math.LN2;
const unitsPerStep = Math.LN2 / steps;

/** 2^(j / 64) for j from 0 to 63. */
const fractions = /* @__PURE__ */ Float64Array.from({ length: steps }, (_, j) => 2 ** (j / steps));
/** 2^-k. */
const halvings = /* @__PURE__ */ Float64Array.from({ length: 152 }, (_, k) => 2 ** -k);

/**
 * e^x to 1e-10 relative, for x <= 0; 0 below -104, where float32 has nothing left. NaN gives NaN.
 *
 * A softmax takes one exponential a cell. `Math.exp` has more digits than float32 and takes nearly four times as
 * long.
 */
export function expOfNonPositive(x: number): number {
  if (!(x >= -104)) return x < 0 ? 0 : Number.NaN;
  // x = -n / 64 ln 2 + rest, and the rest is so small that three terms do.
  const n = (0.5 - x * stepsPerUnit) | 0;
  const rest = x + n * unitsPerStep;
  return (
    fractions[-n & (steps - 1)]! *
    halvings[(n + steps - 1) >> 6]! *
    (1 + rest * (1 + rest * (0.5 + rest * (1 / 6))))
  );
}
