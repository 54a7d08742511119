/**
 * e^x to 1e-10 relative, for x <= 0; 0 below -104, where float32 has nothing left. NaN gives NaN.
 *
 * A softmax takes one exponential a cell. `Math.exp` has more digits than float32 and takes nearly four times as
 * long.
 */
export const expOfNonPositive = /* @__PURE__ */ makeExpOfNonPositive();

function makeExpOfNonPositive(): (x: number) => number {
  // As constants of a function they are constants to the compiler, too, which those of a module are not.
  const stepsPerUnit = 128;
  const powers = Float64Array.from({ length: 104 * stepsPerUnit + 1 }, (_, n) => Math.exp(-n / stepsPerUnit));
  return (x) => {
    if (!(x >= -104)) return x < 0 ? 0 : Number.NaN;
    // x = -n / 128 + rest, and the rest is so small that four terms do.
    const n = (0.5 - x * stepsPerUnit) | 0;
    const rest = x + n / stepsPerUnit;
    return powers[n]! * (1 + rest * (1 + rest * (0.5 + rest * (1 / 6))));
  };
}
