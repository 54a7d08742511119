import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/miner-api';
import { checkLabels } from '../embeddings/check-labels.ts';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet } from '../embeddings/embedding-table.ts';
import { selectRows } from '../embeddings/select-rows.ts';
import { openSetRates } from './open-set-rates.ts';
import { splitGallery } from './split-gallery.ts';

/** Whose faces to set a threshold on, and for which gallery. */
export interface FpirInput extends EmbeddingSet {
  /** Identity of each embedding, [count]. */
  readonly labels: Int32Array;
  /** People in the gallery that the threshold is for, fewer than there are here: the others are the strangers. */
  readonly people: number;
  /** Images enrolled of each; 1 by default. */
  readonly imagesPerPerson?: number;
  /** Largest allowed share of strangers for whom somebody is named, in [0, 1]. */
  readonly limit: number;
  readonly random: Random;
  /** Random divisions into people enrolled and strangers, whose strangers count together; 20 by default. */
  readonly divisions?: number;
}

/** A threshold for galleries of one size. */
export interface FpirThreshold {
  /** Somebody is named where the nearest person's distance is below this. */
  readonly threshold: number;
  /** People in the galleries. */
  readonly people: number;
  /** Share of the strangers for whom somebody is named at this threshold. */
  readonly fpir: number;
  /** Strangers' images compared with a gallery, over all divisions. */
  readonly probes: number;
  /** Are there so many strangers in one division that the limit is one of them or more? */
  readonly resolved: boolean;
}

/** Strangers whose distances are held at a time. */
const probesAtOnce = 64;

/**
 * The loosest threshold at which no more than a share of strangers is taken for somebody: it is set on the distance
 * of each stranger to the nearest person of a gallery of the wanted size, of people who are not to be in the gallery
 * in use. A threshold from pairs is far too loose for that, the more so the more people are enrolled.
 *
 * @throws InvalidArgumentError where shapes or numbers are not as documented
 * @see Grother, Quinn and Phillips, "Report on the evaluation of 2D still-image face recognition algorithms", NIST
 *   IR 7709 (2010), for thresholds at a false positive identification rate
 */
export function fpirThreshold(input: FpirInput): FpirThreshold {
  const where = 'fpirThreshold';
  const { labels, people, imagesPerPerson = 1, limit, random, divisions = 20 } = input;
  const table = embeddingTable(where, input);
  checkLabels(where, 'labels', labels, table.count);
  if (!Number.isInteger(divisions) || divisions < 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'divisions',
      expected: 'an integer from 1',
      got: divisions,
    });
  }
  if (!(limit >= 0 && limit <= 1)) {
    throw new InvalidArgumentError({ where, argument: 'limit', expected: 'in [0, 1]', got: limit });
  }
  const nearest: number[] = [];
  for (let division = 0; division < divisions; division++) {
    // Nobody is looked for who is enrolled, so a person needs no image beyond those.
    const split = splitGallery(labels, { random, people, imagesPerPerson, minimumImages: imagesPerPerson });
    if (split.unknown.length === 0) {
      throw new InvalidArgumentError({
        where,
        argument: 'people',
        expected: 'fewer than the people there are, so that some are strangers',
        got: people,
      });
    }
    const gallery = selectRows(table, split.gallery);
    const strangers = selectRows(table, split.unknown);
    const out = new Float64Array(probesAtOnce * gallery.count);
    for (let from = 0; from < strangers.count; from += probesAtOnce) {
      const to = Math.min(strangers.count, from + probesAtOnce);
      distanceRows(strangers, from, to, gallery, 0, out);
      for (let probe = 0; probe < to - from; probe++) {
        let least = Infinity;
        for (let i = probe * gallery.count; i < (probe + 1) * gallery.count; i++)
          least = Math.min(least, out[i]!);
        nearest.push(least);
      }
    }
  }
  const [rates] = openSetRates([], 1, nearest, [limit]);
  const { threshold, achievedFpir } = rates!;
  return {
    threshold,
    people,
    fpir: achievedFpir,
    probes: nearest.length,
    resolved: (limit * nearest.length) / divisions >= 1,
  };
}
