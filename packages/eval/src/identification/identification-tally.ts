import { InvalidArgumentError } from '@ft/errors';
import { openSetRates } from './open-set-rates.ts';
import type { IdentificationInput, IdentificationResult } from './evaluate-identification.ts';

/** The people of a gallery that a probe was measured from, each once, in any order. */
export interface MeasuredPeople {
  /** Their numbers, [count]. */
  readonly people: Int32Array;
  /** Distance of each, [count]. */
  readonly distances: Float64Array;
}

/** Counts what became of the probes of an identification test. */
export interface IdentificationTally {
  /** Person of each row of the gallery, numbered from 0, [gallery]. */
  readonly people: Int32Array;
  readonly peopleCount: number;
  /** Rows of the probes, the known ones first, [probes]. */
  readonly probes: Int32Array;
  /** Counts a probe by its place in `probes`. An enrolled person who was not measured was not found. */
  add(probe: number, measured: MeasuredPeople): void;
  result(): IdentificationResult;
}

/**
 * Checks the split of an identification test and begins to count.
 *
 * @param where the public function named in errors
 * @param count embeddings there are
 * @param longest longest list of candidates that the search gives
 * @throws InvalidArgumentError where the split is not as documented; `add` where a probe is in the wrong part of it
 */
export function identificationTally(
  where: string,
  { labels, split, maximumRank = 50, fpirLimits = [0.01, 0.1] }: IdentificationInput,
  count: number,
  longest = Infinity,
): IdentificationTally {
  const personOf = new Map<number, number>();
  for (const row of checkedRows(where, 'gallery', split.gallery, count, 1)) {
    const label = labels[row]!;
    if (!personOf.has(label)) personOf.set(label, personOf.size);
  }
  checkedRows(where, 'known', split.known, count, 1);
  checkedRows(where, 'unknown', split.unknown, count, 0);
  const labelOf = [...personOf.keys()];
  const probes = Int32Array.from([...split.known, ...split.unknown]);
  const cmc = new Array<number>(Math.min(maximumRank, personOf.size, longest)).fill(0);
  const hits: number[] = [];
  const alarms: number[] = [];
  const confusions = new Map<string, { label: number; takenFor: number; count: number }>();

  const addKnown = (row: number, own: number, measured: MeasuredPeople) => {
    const { people, distances } = measured;
    const at = people.indexOf(own);
    const distance = at === -1 ? Infinity : distances[at]!;
    let rank = at === -1 ? Infinity : 0;
    for (const other of distances) if (other <= distance) rank++;
    if (rank <= cmc.length) cmc[rank - 1]!++;
    if (rank === 1) {
      hits.push(distance);
      return;
    }
    const other = nearestOther(measured, at);
    if (other === -1) return;
    const key = `${own} ${other}`;
    const confusion = confusions.get(key) ?? { label: labels[row]!, takenFor: labelOf[other]!, count: 0 };
    confusion.count++;
    confusions.set(key, confusion);
  };
  return {
    people: Int32Array.from(split.gallery, (row) => personOf.get(labels[row]!)!),
    peopleCount: personOf.size,
    probes,
    add(probe, measured) {
      const row = probes[probe]!;
      const own = personOf.get(labels[row]!);
      if (probe < split.known.length) {
        if (own === undefined) throw misplaced(where, 'known', 'of enrolled people', row);
        addKnown(row, own, measured);
        return;
      }
      if (own !== undefined) throw misplaced(where, 'unknown', 'of people who are not enrolled', row);
      alarms.push(measured.distances.reduce((least, distance) => Math.min(least, distance), Infinity));
    },
    result() {
      let found = 0;
      return {
        people: personOf.size,
        probes: { known: split.known.length, unknown: split.unknown.length },
        cmc: cmc.map((probesThere) => (found += probesThere) / split.known.length),
        confusions: [...confusions.values()].sort((a, b) => b.count - a.count).slice(0, 50),
        open: alarms.length === 0 ? [] : openSetRates(hits, split.known.length, alarms, fpirLimits),
      };
    },
  };
}

/** The nearest of the people but one, the lowest number among equals; -1 where there is none. */
function nearestOther({ people, distances }: MeasuredPeople, but: number): number {
  let best = -1;
  for (let i = 0; i < people.length; i++) {
    if (i === but) continue;
    const nearer = best === -1 ? 1 : distances[best]! - distances[i]!;
    if (nearer > 0 || (nearer === 0 && people[i]! < people[best]!)) best = i;
  }
  return best === -1 ? -1 : people[best]!;
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
