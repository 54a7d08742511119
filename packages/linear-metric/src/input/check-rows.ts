import { InvalidArgumentError } from '@ft/errors';

/**
 * Refuses columns of row numbers that differ in length, are empty, or name rows that do not exist.
 *
 * @param where the public function that was called
 * @param columns by argument name
 * @param count rows that there are
 * @throws InvalidArgumentError
 */
export function checkRows(where: string, columns: Readonly<Record<string, Int32Array>>, count: number): void {
  const [[firstName, first] = ['', new Int32Array()]] = Object.entries(columns);
  for (const [argument, rows] of Object.entries(columns)) {
    if (!(rows instanceof Int32Array) || rows.length !== first.length) {
      throw new InvalidArgumentError({
        where,
        argument,
        expected: argument === firstName ? 'an Int32Array' : `an Int32Array of the length of ${firstName}`,
        got: rows,
      });
    }
    const wrong = rows.find((row) => row < 0 || row >= count);
    if (wrong !== undefined) {
      throw new InvalidArgumentError({
        where,
        argument,
        expected: `rows from 0 to ${count - 1}`,
        got: wrong,
      });
    }
  }
}
