import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import { imagesByLabel } from './images-by-label.ts';

/** Verification pairs: image `a[i]` against image `b[i]`, with `a[i] < b[i]`. */
export interface VerificationPairs {
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** 1 where both images show the same person, else 0. */
  readonly same: Uint8Array;
}

/**
 * Draws verification pairs, half of them of one person, first the same and then the different ones.
 *
 * People are drawn uniformly and then their images, as LFW did, so that people with many images do not crowd
 * out the others. No pair comes twice and no image meets itself.
 *
 * People with few images run out of pairs, so that of many pairs most are of the others. With `again` a pair of one
 * person may come again, and each person counts alike however many pairs are drawn.
 *
 * @param labels the label of each image
 * @param options.count how many pairs, an even integer from 2
 * @param options.again may a pair of one person come again? Default false
 * @throws InvalidArgumentError where the images do not form that many pairs
 */
export function samplePairs(
  labels: ArrayLike<number>,
  {
    count,
    random,
    again = false,
  }: { readonly count: number; readonly random: Random; readonly again?: boolean },
): VerificationPairs {
  if (!Number.isInteger(count) || count < 2 || count % 2 !== 0) {
    throw new InvalidArgumentError({
      where: 'samplePairs',
      argument: 'count',
      expected: 'an even integer from 2',
      got: count,
    });
  }
  const groups = [...imagesByLabel(labels).values()];
  const each = count / 2;
  const total = (labels.length * (labels.length - 1)) / 2;
  const sameTotal = groups.reduce((sum, group) => sum + pairsWithin(group), 0);
  refuseTooFew('same-person', again ? 1 : each, sameTotal);
  refuseTooFew('different-person', each, total - sameTotal);

  const pairs = [
    ...drawSame(groups, each, random, again),
    ...drawDifferent(groups, labels.length, each, total - sameTotal, random),
  ];
  return {
    a: Int32Array.from(pairs, ([a]) => a),
    b: Int32Array.from(pairs, ([, b]) => b),
    same: Uint8Array.from(pairs, (_, i) => (i < each ? 1 : 0)),
  };
}

type Pair = readonly [number, number];

const pairsWithin = (group: readonly number[]) => (group.length * (group.length - 1)) / 2;

function refuseTooFew(kind: string, needed: number, available: number): void {
  if (needed <= available) return;
  throw new InvalidArgumentError({
    where: 'samplePairs',
    argument: 'count',
    expected: `at most ${available * 2}, because the images form ${available} ${kind} pairs`,
    got: needed * 2,
  });
}

function drawSame(groups: readonly number[][], count: number, random: Random, again: boolean): Pair[] {
  const open = groups
    .filter((group) => group.length >= 2)
    .map((group) => ({ group, seen: new Set<number>() }));
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const chosen = random.int(open.length);
    const { group, seen } = open[chosen]!;
    const first = random.int(group.length);
    const other = random.int(group.length - 1);
    const [i, j] = ordered(first, other < first ? other : other + 1);
    const key = i * group.length + j;
    if (seen.has(key)) continue;
    pairs.push([group[i]!, group[j]!]);
    if (again) continue;
    seen.add(key);
    if (seen.size === pairsWithin(group)) open.splice(chosen, 1);
  }
  return pairs;
}

function drawDifferent(
  groups: readonly number[][],
  images: number,
  count: number,
  available: number,
  random: Random,
): Pair[] {
  // Close to the whole supply, redrawing what was seen would take long: list all and shuffle.
  if (count > available / 4) {
    const all: Pair[] = groups.flatMap((first, g) =>
      groups.slice(g + 1).flatMap((second) => first.flatMap((a) => second.map((b) => ordered(a, b)))),
    );
    return random.shuffle(all).slice(0, count);
  }
  const seen = new Set<number>();
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const first = groups[random.int(groups.length)]!;
    const second = groups[random.int(groups.length)]!;
    if (first === second) continue;
    const pair = ordered(first[random.int(first.length)]!, second[random.int(second.length)]!);
    const key = pair[0] * images + pair[1];
    if (seen.has(key)) continue;
    seen.add(key);
    pairs.push(pair);
  }
  return pairs;
}

const ordered = (a: number, b: number): Pair => (a < b ? [a, b] : [b, a]);
