import { countValues } from './count-values.ts';

/** People with two images or more: the others cannot form a positive pair. */
export function peopleWithSeveral(labels: Int32Array): number {
  return [...countValues(labels).values()].filter((count) => count >= 2).length;
}
