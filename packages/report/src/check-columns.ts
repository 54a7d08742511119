import { InvalidArgumentError } from '@ft/errors';

/** Refuses curves whose two columns differ in length. */
export function checkColumns<X extends string, Y extends string>(
  where: string,
  curves: readonly ({ readonly name: string } & Readonly<Record<X | Y, readonly number[]>>)[],
  x: X,
  y: Y,
): void {
  for (const curve of curves) {
    if (curve[x].length === curve[y].length) continue;
    throw new InvalidArgumentError({
      where,
      argument: `${y} of "${curve.name}"`,
      expected: `of the length of ${x}, ${curve[x].length}`,
      got: curve[y],
    });
  }
}
