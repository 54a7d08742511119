import { expandedLevel } from './expanded-level.ts';
import type { Interval } from './wilson-interval.ts';

/**
 * The middle part of a bootstrap's values, a little wider where few units were drawn, by quantiles interpolated
 * between order statistics. A new value falls below the k-th smallest of n with probability k / (n + 1), so that is
 * the share which the k-th stands for.
 *
 * @param values at least one; sorted in place
 * @param level confidence, in (0, 1)
 * @param units units that each bootstrap sample draws, >= 2
 * @param freedom degrees of freedom of the spread of the values, > 0; one less than the units by default
 */
export function percentileInterval(
  values: Float64Array,
  level: number,
  units: number,
  freedom = units - 1,
): Interval {
  const inside = expandedLevel(level, units, freedom);
  values.sort();
  const quantile = (share: number) => {
    const position = share * (values.length + 1) - 1;
    const below = Math.min(values.length - 1, Math.max(0, Math.floor(position)));
    const lower = values[below]!;
    return lower + Math.max(0, position - below) * ((values[below + 1] ?? lower) - lower);
  };
  return { low: quantile((1 - inside) / 2), high: quantile((1 + inside) / 2), level };
}
