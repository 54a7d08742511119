/**
 * The first place where two JSON values differ.
 *
 * @returns its path and both values, e.g. `['layers[3].filters', 64, 32]`; undefined where they are equal
 */
export function firstDifference(
  a: unknown,
  b: unknown,
  path = '',
): [path: string, a: unknown, b: unknown] | undefined {
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) {
    return Object.is(a, b) ? undefined : [path, a, b];
  }
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const step = Array.isArray(a) ? `[${key}]` : `${path === '' ? '' : '.'}${key}`;
    const found = firstDifference(left[key], right[key], `${path}${step}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
