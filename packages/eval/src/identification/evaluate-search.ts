import { InvalidArgumentError } from '@ft/errors';
import { checkEmbeddings } from '../embeddings/check-embeddings.ts';
import { checkLabels } from '../embeddings/check-labels.ts';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet } from '../embeddings/embedding-table.ts';
import { pairDistances } from '../embeddings/pair-distances.ts';
import type { IdentificationInput, IdentificationResult } from './evaluate-identification.ts';
import { identificationTally, type MeasuredPeople } from './identification-tally.ts';

/** Finds the images of a gallery that are nearest to probes. The neighbour indexes of @ft/miners do. */
export interface GallerySearch {
  /**
   * @param queries row-major [queries x dimension]
   * @param k images wanted of each query
   * @returns `items`: their places in `split.gallery`, row-major [queries x k], -1 where there are fewer
   */
  search(queries: Float32Array, k: number): Promise<{ readonly items: ArrayLike<number> }>;
}

/** What to identify, and what searches for the candidates. */
export interface SearchInput extends IdentificationInput {
  /** Holds the embeddings of `split.gallery`, in that order. */
  readonly index: GallerySearch;
  /** Images asked for of each probe; 32 by default. Nobody else's rank is known, so `cmc` is no longer. */
  readonly candidates?: number;
  /** Probes, evenly taken, that are compared with the whole gallery as well, for `recall`; 100 by default. */
  readonly checks?: number;
}

/** How well probes are identified through a search. Plain JSON. */
export interface SearchResult extends IdentificationResult {
  /** Of how many probes the nearest image, or one as near, was among the candidates. */
  readonly recall: { readonly probes: number; readonly found: number };
}

/**
 * Evaluates identification through a search that need not be exact: the candidates it gives are measured again
 * in double precision, and a person whom it does not give counts as not found. A gallery of 100,000 people takes
 * a fraction of what `evaluateIdentification` needs, which measures every probe from everybody.
 *
 * @throws InvalidArgumentError where `evaluateIdentification` does, or the search gives no places in the gallery
 */
export async function evaluateSearch(input: SearchInput): Promise<SearchResult> {
  const where = 'evaluateSearch';
  const { embeddings, dimension, measure, labels, split, index, candidates = 32, checks = 100 } = input;
  for (const [argument, got, least] of [
    ['candidates', candidates, 1],
    ['checks', checks, 0],
  ] as const) {
    if (Number.isInteger(got) && got >= least) continue;
    throw new InvalidArgumentError({ where, argument, expected: `an integer from ${least}`, got });
  }
  const count = checkEmbeddings(where, embeddings, dimension);
  checkLabels(where, 'labels', labels, count);
  const tally = identificationTally(where, input, count, candidates);
  const { probes } = tally;
  const rowsOf = (rows: Int32Array) => {
    const out = new Float32Array(rows.length * dimension);
    for (const [i, row] of rows.entries()) {
      out.set(embeddings.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    }
    return out;
  };
  const queries = rowsOf(probes);
  const { items } = await index.search(queries, candidates);
  checkItems(where, items, probes.length * candidates, split.gallery.length);

  const found = Array.from({ length: probes.length }, (_, probe) => {
    return Array.from({ length: candidates }, (__, i) => items[probe * candidates + i]!).filter(
      (item) => item !== -1,
    );
  });
  const distances = pairDistances(
    embeddings,
    dimension,
    Int32Array.from(found.flatMap((own, probe) => own.map(() => probes[probe]!))),
    Int32Array.from(found.flat(), (item) => split.gallery[item]!),
    measure,
  );
  const nearest = new Float64Array(probes.length).fill(Infinity);
  let next = 0;
  for (const [probe, own] of found.entries()) {
    const measured = measuredPeople(own, distances.subarray(next, next + own.length), tally.people);
    next += own.length;
    tally.add(probe, measured);
    for (const distance of measured.distances) nearest[probe] = Math.min(nearest[probe]!, distance);
  }

  const number = Math.min(checks, probes.length);
  const checked = Int32Array.from({ length: number }, (_, i) => Math.floor((i * probes.length) / number));
  const own = checked.map((probe) => probes[probe]!);
  const best = nearestItems({ ...input, embeddings: rowsOf(own) }, rowsOf(split.gallery));
  const least = pairDistances(
    embeddings,
    dimension,
    own,
    best.map((item) => split.gallery[item]!),
    measure,
  );
  return {
    ...tally.result(),
    recall: { probes: number, found: checked.filter((probe, i) => nearest[probe]! <= least[i]!).length },
  };
}

/** The people on some images of a gallery, each as far as the nearest of their images. */
function measuredPeople(
  items: readonly number[],
  distances: Float64Array,
  people: Int32Array,
): MeasuredPeople {
  const nearest = new Map<number, number>();
  for (const [i, item] of items.entries()) {
    const person = people[item]!;
    nearest.set(person, Math.min(nearest.get(person) ?? Infinity, distances[i]!));
  }
  return { people: Int32Array.from(nearest.keys()), distances: Float64Array.from(nearest.values()) };
}

/** Probes whose distances to the whole gallery are held at a time. */
const probesAtOnce = 16;

/** Which row of a gallery is nearest to each probe, by measuring all. */
function nearestItems({ embeddings, dimension, measure }: EmbeddingSet, gallery: Float32Array): Int32Array {
  const nearest = new Int32Array(embeddings.length / dimension);
  if (nearest.length === 0) return nearest;
  const table = embeddingTable('evaluateSearch', { embeddings: gallery, dimension, measure });
  const probes = embeddingTable('evaluateSearch', { embeddings, dimension, measure });
  const out = new Float64Array(probesAtOnce * table.count);
  for (let from = 0; from < probes.count; from += probesAtOnce) {
    const to = Math.min(probes.count, from + probesAtOnce);
    distanceRows(probes, from, to, table, 0, out);
    for (let probe = from; probe < to; probe++) {
      const start = (probe - from) * table.count;
      let best = 0;
      for (let item = 1; item < table.count; item++) if (out[start + item]! < out[start + best]!) best = item;
      nearest[probe] = best;
    }
  }
  return nearest;
}

function checkItems(where: string, items: ArrayLike<number>, length: number, gallery: number): void {
  const wrong = Array.from(items).find((item) => !Number.isInteger(item) || item < -1 || item >= gallery);
  if (wrong === undefined && items.length === length) return;
  throw new InvalidArgumentError({
    where,
    argument: 'the items that index gives',
    expected: `${length} places from 0 to ${gallery - 1}, or -1`,
    got: wrong ?? items,
    remedy: 'It must hold the embeddings of split.gallery, in that order.',
  });
}
