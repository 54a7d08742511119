import type { EngineName } from '@ft/engine';
import { InvalidArgumentError, nearestNames } from '@ft/errors';

/** The queue that a comparison and its workers meet in. */
export const DEFAULT_QUEUE = 'ft-bench';

export const engineNames: readonly EngineName[] = ['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm'];

/** Reads one of a few words from the command line, or explains and suggests. */
export function choice<T extends string>(flag: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    if ((choices as readonly string[]).includes(text)) return text as T;
    const [nearest] = nearestNames(text, choices);
    throw new InvalidArgumentError({
      where: 'ft-bench',
      argument: flag,
      expected: `one of ${choices.join(', ')}`,
      got: text,
      ...(nearest === undefined ? {} : { remedy: `Did you mean ${nearest}?` }),
    });
  };
}

/** Reads a whole number of at least `min` from the command line. */
export function wholeNumber(flag: string, min: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError({
      where: 'ft-bench',
      argument: flag,
      expected: `a whole number of at least ${min}`,
      got: text,
    });
  };
}
