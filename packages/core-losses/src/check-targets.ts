import { InvalidArgumentError } from '@ft/errors';

/** One class for every row, each in [0, classes). */
export function checkTargets(
  where: string,
  argument: string,
  targets: Int32Array,
  rows: number,
  classes: number,
): void {
  if (!(targets instanceof Int32Array) || targets.length !== rows) {
    throw new InvalidArgumentError({ where, argument, expected: `an Int32Array of ${rows}`, got: targets });
  }
  const wrong = targets.findIndex((target) => target < 0 || target >= classes);
  if (wrong < 0) return;
  throw new InvalidArgumentError({
    where,
    argument: `${argument}[${wrong}]`,
    expected: `from 0 to ${classes - 1}`,
    got: targets[wrong],
  });
}
