import { InvalidArgumentError } from '@ft/errors';

/** Refuses a shrinkage that is no share. */
export function checkShrinkage(where: string, shrinkage: number): void {
  if (shrinkage >= 0 && shrinkage <= 1) return;
  throw new InvalidArgumentError({
    where,
    argument: 'shrinkage',
    expected: 'a number from 0 to 1',
    got: shrinkage,
  });
}
