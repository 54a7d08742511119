import { checkLabels } from '../embeddings/check-labels.ts';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet } from '../embeddings/embedding-table.ts';
import { selectRows } from '../embeddings/select-rows.ts';
import { identificationTally } from './identification-tally.ts';
import type { OpenSetRates } from './open-set-rates.ts';
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
  const table = embeddingTable(where, input);
  checkLabels(where, 'labels', input.labels, table.count);
  const tally = identificationTally(where, input, table.count);
  const gallery = selectRows(table, input.split.gallery);
  const probes = selectRows(table, tally.probes);
  const out = new Float64Array(probesAtOnce * gallery.count);
  const people = Int32Array.from({ length: tally.peopleCount }, (_, person) => person);
  const distances = new Float64Array(tally.peopleCount);
  for (let from = 0; from < probes.count; from += probesAtOnce) {
    const to = Math.min(probes.count, from + probesAtOnce);
    distanceRows(probes, from, to, gallery, 0, out);
    for (let probe = from; probe < to; probe++) {
      distances.fill(Infinity);
      const start = (probe - from) * gallery.count;
      for (let column = 0; column < gallery.count; column++) {
        const person = tally.people[column]!;
        if (out[start + column]! < distances[person]!) distances[person] = out[start + column]!;
      }
      tally.add(probe, { people, distances });
    }
  }
  return tally.result();
}
