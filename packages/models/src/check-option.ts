import { InvalidArgumentError } from '@ft/errors';

/** @throws InvalidArgumentError unless `value` is an integer of at least `least` */
export function checkInteger(where: string, argument: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  const expected = least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
  throw new InvalidArgumentError({ where, argument, expected, got: value });
}

/** @throws InvalidArgumentError unless a multiplier of filters is above 0 and at most 8 */
export function checkWidth(where: string, width: number): void {
  if (width > 0 && width <= 8) return;
  throw new InvalidArgumentError({
    where,
    argument: 'width',
    expected: 'above 0 and at most 8',
    got: width,
  });
}

/** @throws InvalidArgumentError unless `value` is a positive multiple of `divisor` */
export function checkMultiple(where: string, argument: string, value: number, divisor: number): void {
  if (Number.isSafeInteger(value / divisor) && value >= divisor) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `a positive multiple of ${divisor}`,
    got: value,
  });
}
