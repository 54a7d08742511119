import type { Padding } from '../architecture.ts';

/** Rows (or columns) of padding before and after, for windows over an axis of `length`. */
export function windowPadding(
  length: number,
  size: number,
  stride: number,
  padding: Padding,
): [before: number, after: number] {
  if (padding === 'valid') return [0, 0];
  if (typeof padding === 'number') return [padding, padding];
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + size - length);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
