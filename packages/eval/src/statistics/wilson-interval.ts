import { InvalidArgumentError } from '@ft/errors';

/** A confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence, e.g. 0.95. */
  readonly level: number;
}

/** The 0.975 quantile of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/**
 * The 95 % Wilson score interval of a proportion.
 *
 * @param successes 0 to `trials`
 * @param trials independent trials, >= 1
 * @returns bounds within [0, 1]
 * @throws InvalidArgumentError where the counts are not such
 * @see Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927)
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  const where = 'wilsonInterval';
  if (!Number.isInteger(trials) || trials < 1) {
    throw new InvalidArgumentError({ where, argument: 'trials', expected: 'an integer from 1', got: trials });
  }
  if (!(successes >= 0 && successes <= trials)) {
    throw new InvalidArgumentError({
      where,
      argument: 'successes',
      expected: `from 0 to ${trials}`,
      got: successes,
    });
  }
  const share = successes / trials;
  const square = Z_95 ** 2;
  const centre = (share + square / (2 * trials)) / (1 + square / trials);
  const half =
    (Z_95 / (1 + square / trials)) * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials ** 2));
  return {
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
    level: 0.95,
  };
}
