import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';

/** Pairs of rows of a labelled set, with the people on them. */
export interface LabelledPairs {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly same: Uint8Array;
  readonly identityA: Int32Array;
  readonly identityB: Int32Array;
}

const MOST_SAME = 10_000;
const MOST_DIFFERENT = 40_000;

/**
 * All pairs of a labelled set, or as many as can be looked at many times: 10,000 same and 40,000 different ones,
 * drawn at random.
 *
 * @throws InvalidArgumentError where no two images are of one person, or all are
 */
export function labelledPairs(labels: Int32Array, random: Random): LabelledPairs {
  const rows = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) rows.set(label, [...(rows.get(label) ?? []), row]);
  const same: [number, number][] = [];
  for (const group of rows.values()) {
    for (const [i, a] of group.entries()) for (const b of group.slice(i + 1)) same.push([a, b]);
  }
  const total = (labels.length * (labels.length - 1)) / 2 - same.length;
  if (same.length === 0 || total === 0) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--data',
      expected: 'two people or more, and two images or more of some',
      got: `${rows.size} people with ${labels.length} images`,
    });
  }
  // A partial shuffle: the first ones are a random choice.
  const kept = Math.min(MOST_SAME, same.length);
  for (let i = 0; i < kept && kept < same.length; i++) {
    const j = i + random.int(same.length - i);
    [same[i], same[j]] = [same[j]!, same[i]!];
  }
  const pairs = [...same.slice(0, kept), ...differentPairs(labels, total, random)];
  const a = Int32Array.from(pairs, ([first]) => first);
  const b = Int32Array.from(pairs, ([, second]) => second);
  return {
    a,
    b,
    same: Uint8Array.from(pairs, (_, i) => (i < kept ? 1 : 0)),
    identityA: a.map((row) => labels[row]!),
    identityB: b.map((row) => labels[row]!),
  };
}

function differentPairs(labels: Int32Array, total: number, random: Random): [number, number][] {
  const { length } = labels;
  const pairs: [number, number][] = [];
  // Drawing without repetition is only quick while most pairs are still there.
  if (total <= 2 * MOST_DIFFERENT) {
    for (let a = 0; a < length; a++) {
      for (let b = a + 1; b < length; b++) if (labels[a] !== labels[b]) pairs.push([a, b]);
    }
    return pairs;
  }
  const drawn = new Set<number>();
  while (pairs.length < MOST_DIFFERENT) {
    const [a, b] = [random.int(length), random.int(length)].sort((x, y) => x - y) as [number, number];
    if (labels[a] === labels[b] || drawn.has(a * length + b)) continue;
    drawn.add(a * length + b);
    pairs.push([a, b]);
  }
  return pairs;
}
