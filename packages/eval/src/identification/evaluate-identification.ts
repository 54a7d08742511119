import { InvalidArgumentError } from '@ft/errors';
import { checkLabels } from '../embeddings/check-labels.ts';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet, type EmbeddingTable } from '../embeddings/embedding-table.ts';
import { selectRows } from '../embeddings/select-rows.ts';
import { openSetRates, type OpenSetRates } from './open-set-rates.ts';
import type { GallerySplit } from './split-gallery.ts';

/** What to identify, and how to count. */
export interface IdentificationInput extends EmbeddingSet {
  /** Identity of each embedding, [count]. */
  readonly labels: Int32Array;
  /** Which rows are enrolled and which are probes, as `splitGallery` gives them. */
  readonly split: GallerySplit;
  /** Longest list of candidates counted; 50 by default, at most the number of people. */
  readonly maximumRank?: number;
  /** Limits for {@link IdentificationResult.open}; 0.01 and 0.1 by default. */
  readonly fpirLimits?: readonly number[];
}

/** Probes of one person of whom another one was nearest. */
export interface Confusion {
  readonly label: number;
  readonly takenFor: number;
  readonly count: number;
}

/** How well probes are identified. A person is as near as the nearest of their enrolled images. Plain JSON. */
export interface IdentificationResult {
  /** People enrolled. */
  readonly people: number;
  readonly probes: { readonly known: number; readonly unknown: number };
  /**
   * Cumulative match characteristic: entry k - 1 is the share of known probes whose person is among the k
   * nearest. Another person at the same distance counts as nearer.
   */
  readonly cmc: readonly number[];
  /** Which people were taken for whom among known probes, the most frequent first, at most 50. */
  readonly confusions: readonly Confusion[];
  /** Identification where people may be unknown; empty without unknown probes. */
  readonly open: readonly OpenSetRates[];
}

/** Probes whose distances are held at a time. */
const probesAtOnce = 64;

/**
 * Evaluates identification: whose face is this, among those enrolled, or nobody's?
 *
 * @param input embeddings, labels and their split
 * @returns closed-set ranks, and rates at limits on false alarms where there are unknown probes
 * @throws InvalidArgumentError where shapes differ, a known probe's person is not enrolled, an unknown one's
 *   is, or there is no gallery or no known probe
 * @see Phillips, Grother and Micheals, "Evaluation methods in face recognition", Handbook of Face Recognition (2011)
 */
export function evaluateIdentification(input: IdentificationInput): IdentificationResult {
  const where = 'evaluateIdentification';
  const { labels, split, fpirLimits = [0.01, 0.1] } = input;
  const table = embeddingTable(where, input);
  checkLabels(where, 'labels', labels, table.count);
  const personOf = new Map<number, number>();
  for (const row of checkedRows(where, 'gallery', split.gallery, table.count, 1)) {
    const label = labels[row]!;
    if (!personOf.has(label)) personOf.set(label, personOf.size);
  }
  checkedRows(where, 'known', split.known, table.count, 1);
  checkedRows(where, 'unknown', split.unknown, table.count, 0);
  const gallery = selectRows(table, split.gallery);
  const people = Int32Array.from(split.gallery, (row) => personOf.get(labels[row]!)!);
  const person = (row: number) => personOf.get(labels[row]!);

  const maximumRank = Math.min(input.maximumRank ?? 50, personOf.size);
  const cmc = new Array<number>(maximumRank).fill(0);
  const hits: number[] = [];
  const labelOf = [...personOf.keys()];
  const confusions = new Map<string, { label: number; takenFor: number; count: number }>();
  forEachProbe(table, split.known, gallery, people, personOf.size, (row, nearest) => {
    const own = person(row);
    if (own === undefined) throw misplaced(where, 'known', 'of enrolled people', row);
    const distance = nearest[own]!;
    let rank = 0;
    for (const other of nearest) if (other <= distance) rank++;
    if (rank <= maximumRank) cmc[rank - 1]!++;
    if (rank === 1) {
      hits.push(distance);
      return;
    }
    const takenFor = labelOf[nearestOther(nearest, own)]!;
    const key = `${own} ${takenFor}`;
    const confusion = confusions.get(key) ?? { label: labels[row]!, takenFor, count: 0 };
    confusion.count++;
    confusions.set(key, confusion);
  });
  const alarms: number[] = [];
  forEachProbe(table, split.unknown, gallery, people, personOf.size, (row, nearest) => {
    if (person(row) !== undefined) throw misplaced(where, 'unknown', 'of people who are not enrolled', row);
    alarms.push(nearest.reduce((least, distance) => Math.min(least, distance)));
  });

  let found = 0;
  return {
    people: personOf.size,
    probes: { known: split.known.length, unknown: split.unknown.length },
    cmc: cmc.map((count) => (found += count) / split.known.length),
    confusions: [...confusions.values()].sort((a, b) => b.count - a.count).slice(0, 50),
    open: alarms.length === 0 ? [] : openSetRates(hits, split.known.length, alarms, fpirLimits),
  };
}

function nearestOther(distances: Float64Array, own: number): number {
  let best = -1;
  for (let person = 0; person < distances.length; person++) {
    if (person !== own && (best === -1 || distances[person]! < distances[best]!)) best = person;
  }
  return best;
}

/** Calls `visit` with each probe's row and its distance to each person, [people], which is reused. */
function forEachProbe(
  table: EmbeddingTable,
  rows: Int32Array,
  gallery: EmbeddingTable,
  people: Int32Array,
  count: number,
  visit: (row: number, nearest: Float64Array) => void,
): void {
  const probes = selectRows(table, rows);
  const out = new Float64Array(probesAtOnce * gallery.count);
  const nearest = new Float64Array(count);
  for (let from = 0; from < rows.length; from += probesAtOnce) {
    const to = Math.min(rows.length, from + probesAtOnce);
    distanceRows(probes, from, to, gallery, 0, out);
    for (let probe = from; probe < to; probe++) {
      nearest.fill(Infinity);
      const start = (probe - from) * gallery.count;
      for (let column = 0; column < gallery.count; column++) {
        const person = people[column]!;
        if (out[start + column]! < nearest[person]!) nearest[person] = out[start + column]!;
      }
      visit(rows[probe]!, nearest);
    }
  }
}

function checkedRows(
  where: string,
  argument: string,
  rows: Int32Array,
  count: number,
  least: number,
): Int32Array {
  const wrong = rows.find((row) => row < 0 || row >= count);
  if (wrong === undefined && rows.length >= least) return rows;
  throw new InvalidArgumentError({
    where,
    argument: `split.${argument}`,
    expected: `at least ${least} rows from 0 to ${count - 1}`,
    got: wrong ?? rows,
  });
}

function misplaced(where: string, part: string, expected: string, row: number): InvalidArgumentError {
  return new InvalidArgumentError({
    where,
    argument: `split.${part}`,
    expected: `images ${expected} only`,
    got: `row ${row}`,
  });
}
