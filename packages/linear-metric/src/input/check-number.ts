import { InvalidArgumentError } from '@ft/errors';

/** Refuses an option that is not a finite number from `least` on, or above it where `open`. */
export function checkNumber(
  where: string,
  argument: string,
  value: number,
  { least, open = false, integer = false }: { least: number; open?: boolean; integer?: boolean },
): void {
  const fits = integer ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (fits && (open ? value > least : value >= least)) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `${integer ? 'an integer' : 'a finite number'} ${open ? 'above' : 'from'} ${least}`,
    got: value,
  });
}
