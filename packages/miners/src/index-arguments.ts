import { InvalidArgumentError } from '@ft/errors';
import type { Rows } from './distance-block.ts';

/**
 * Whole rows of finite coordinates.
 *
 * @throws InvalidArgumentError naming the argument, and the row that is not finite
 */
export function rowsOf(where: string, argument: string, data: Float32Array, dimension: number): Rows {
  if (!(data instanceof Float32Array) || data.length % dimension !== 0) {
    const expected = `a Float32Array of whole rows of ${dimension}`;
    throw new InvalidArgumentError({ where, argument, expected, got: data });
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) {
    const place = `${argument}, row ${Math.floor(wrong / dimension)}`;
    throw new InvalidArgumentError({ where, argument: place, expected: 'finite', got: data[wrong] });
  }
  return { data, count: data.length / dimension, dimension };
}

/** @throws InvalidArgumentError where `got` is not an integer of at least 1 */
export function requireCount(where: string, argument: string, got: number): void {
  if (Number.isInteger(got) && got >= 1) return;
  throw new InvalidArgumentError({ where, argument, expected: 'an integer of at least 1', got });
}
