import { InvalidArgumentError } from '@ft/errors';
import { checkLabels } from '../embeddings/check-labels.ts';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet, type EmbeddingTable } from '../embeddings/embedding-table.ts';
import { rowsByLabel } from '../embeddings/rows-by-label.ts';
import { selectRows } from '../embeddings/select-rows.ts';
import type { ThresholdCurve } from './threshold-curve.ts';

/** Rows whose distances are held at a time. */
const rowsAtOnce = 32;

/**
 * The exact curve of all pairs of a labelled set: n (n - 1) / 2 pairs, without holding their distances.
 *
 * The curve is compact: it has a group for each distance of a same pair, and one for all different pairs
 * between two of those. Area, equal error rate, best threshold and true accept rates are those of the full
 * curve. Memory grows with the same pairs, time with all pairs.
 *
 * @param set embeddings, at least one pair of each class
 * @param labels identity of each embedding, [count]
 * @throws InvalidArgumentError where shapes differ, a number is not finite, or one class of pairs is absent
 */
export function allPairsCurve(set: EmbeddingSet, labels: Int32Array): ThresholdCurve {
  const where = 'allPairsCurve';
  const table = embeddingTable(where, set);
  checkLabels(where, 'labels', labels, table.count);
  const genuine = sameDistances(table, labels);
  const pairs = (table.count * (table.count - 1)) / 2;
  if (genuine.length === 0 || genuine.length === pairs) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: 'such that some pairs are of one identity and others are not',
      got: `${genuine.length} same pairs of ${pairs}`,
    });
  }
  return compactCurve(genuine, table, labels);
}

/** Distances of all same pairs, ascending. */
function sameDistances(table: EmbeddingTable, labels: Int32Array): Float64Array {
  const groups = [...rowsByLabel(labels).values()];
  const size = groups.reduce((sum, rows) => sum + (rows.length * (rows.length - 1)) / 2, 0);
  const genuine = new Float64Array(size);
  let filled = 0;
  for (const rows of groups) {
    if (rows.length < 2) continue;
    const group = selectRows(table, rows);
    const out = new Float64Array(rows.length);
    for (let row = 0; row + 1 < rows.length; row++) {
      const width = rows.length - row - 1;
      distanceRows(group, row, row + 1, group, row + 1, out);
      genuine.set(out.subarray(0, width), filled);
      filled += width;
    }
  }
  return genuine.sort();
}

function compactCurve(genuine: Float64Array, table: EmbeddingTable, labels: Int32Array): ThresholdCurve {
  const { count } = table;
  const distinct = genuine.filter((distance, i) => distance !== genuine[i - 1]);
  const steps = distinct.length;
  // Different pairs as near as distinct[k], and those strictly between distinct[k - 1] and distinct[k].
  const equal = new Float64Array(steps);
  const between = new Float64Array(steps + 1);
  const lowest = new Float64Array(steps + 1).fill(Infinity);
  const highest = new Float64Array(steps + 1).fill(-Infinity);
  const position = positionIn(distinct);

  const out = new Float64Array(rowsAtOnce * count);
  for (let from = 0; from + 1 < count; from += rowsAtOnce) {
    const to = Math.min(count, from + rowsAtOnce);
    distanceRows(table, from, to, table, from, out);
    const width = count - from;
    for (let row = from; row < to; row++) {
      const label = labels[row];
      const start = (row - from) * width - from;
      for (let column = row + 1; column < count; column++) {
        if (labels[column] === label) continue;
        const distance = out[start + column]!;
        const step = position(distance);
        if (distinct[step] === distance) {
          equal[step]!++;
        } else {
          between[step]!++;
          if (distance < lowest[step]!) lowest[step] = distance;
          if (distance > highest[step]!) highest[step] = distance;
        }
      }
    }
  }

  const nearest: number[] = [];
  const farthest: number[] = [];
  const acceptedSame = [0];
  const acceptedDifferent = [0];
  let same = 0;
  let different = 0;
  for (let step = 0; step <= steps; step++) {
    if (between[step]! > 0) {
      different += between[step]!;
      nearest.push(lowest[step]!);
      farthest.push(highest[step]!);
      acceptedSame.push(same);
      acceptedDifferent.push(different);
    }
    if (step === steps) break;
    const distance = distinct[step]!;
    while (genuine[same] === distance) same++;
    different += equal[step]!;
    nearest.push(distance);
    farthest.push(distance);
    acceptedSame.push(same);
    acceptedDifferent.push(different);
  }
  return {
    nearest: Float64Array.from(nearest),
    farthest: Float64Array.from(farthest),
    acceptedSame: Float64Array.from(acceptedSame),
    acceptedDifferent: Float64Array.from(acceptedDifferent),
    sameCount: same,
    differentCount: different,
  };
}

/**
 * A fast way to count the numbers of an ascending list that are below a given one: a table of equal cells
 * over the list's range narrows the bisection down to a few numbers.
 */
function positionIn(ascending: Float64Array): (value: number) => number {
  const size = ascending.length;
  const low = ascending[0]!;
  const high = ascending[size - 1]!;
  const cells = 4 * size;
  const scale = high > low ? cells / (high - low) : 0;
  const cellOf = (value: number) => Math.min(cells - 1, Math.floor((value - low) * scale));
  // The first number in each cell or after it. Both sides of a comparison go through the same rounding.
  const firstIn = new Int32Array(cells + 1).fill(size);
  for (let i = size - 1; i >= 0; i--) firstIn[cellOf(ascending[i]!)] = i;
  for (let cell = cells - 1; cell >= 0; cell--) {
    if (firstIn[cell] === size) firstIn[cell] = firstIn[cell + 1]!;
  }
  return (value) => {
    if (value <= low) return 0;
    if (value > high) return size;
    const cell = cellOf(value);
    let from = firstIn[cell]!;
    let to = firstIn[cell + 1]!;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (ascending[middle]! < value) from = middle + 1;
      else to = middle;
    }
    return from;
  };
}
