import { InvalidArgumentError } from '@ft/errors';
import { justAbove } from '../verification/threshold-curve.ts';

/** Open-set identification at a limit on false alarms. */
export interface OpenSetRates {
  /** The limit: largest allowed share of unknown probes for whom somebody is named. */
  readonly fpir: number;
  /** Somebody is named where the nearest person's distance is below this. */
  readonly threshold: number;
  /** The share of unknown probes for whom somebody is named at this threshold. */
  readonly achievedFpir: number;
  /** Detection and identification rate: share of known probes whose own person is nearest and accepted. */
  readonly dir: number;
  /** False negative identification rate, `1 - dir`. */
  readonly fnir: number;
  /** Are there at least 1 / fpir unknown probes? */
  readonly resolved: boolean;
}

/**
 * Rates at the loosest threshold within each limit, set on the nearest distances of unknown probes: the more
 * people are enrolled, the nearer the nearest of them is to a stranger, and pairs alone don't show that.
 *
 * @param hits distance to their own person of the known probes whose own person is the nearest
 * @param known number of known probes
 * @param alarms distance to the nearest person of each unknown probe, at least one
 * @param limits shares in [0, 1]
 * @throws InvalidArgumentError where a limit is not such
 */
export function openSetRates(
  hits: readonly number[],
  known: number,
  alarms: readonly number[],
  limits: readonly number[],
): OpenSetRates[] {
  const ascending = Float64Array.from(alarms).sort();
  const farthest = hits.reduce((most, distance) => Math.max(most, distance), ascending.at(-1)!);
  return limits.map((fpir) => {
    if (!(fpir >= 0 && fpir <= 1)) {
      throw new InvalidArgumentError({
        where: 'evaluateIdentification',
        argument: 'fpirLimits',
        expected: 'in [0, 1]',
        got: fpir,
      });
    }
    // The division must not lose one: 3 of 10 are within a limit of 0.3.
    let allowed = Math.floor(fpir * alarms.length);
    if ((allowed + 1) / alarms.length <= fpir) allowed++;
    // Where every false alarm is allowed, everybody is named.
    const threshold = ascending[allowed] ?? justAbove(farthest);
    const accepted = ascending.filter((distance) => distance < threshold).length;
    const dir = hits.filter((distance) => distance < threshold).length / known;
    return {
      fpir,
      threshold,
      achievedFpir: accepted / alarms.length,
      dir,
      fnir: 1 - dir,
      resolved: fpir * alarms.length >= 1,
    };
  });
}
