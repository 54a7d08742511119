import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet, type EmbeddingTable } from '../embeddings/embedding-table.ts';
import { selectRows } from '../embeddings/select-rows.ts';

/**
 * How far a probe is from a person of several images: as far as the nearest image, as all of them on average,
 * as their mean embedding, or as the nearest `k` of them on average (all, where there are fewer).
 */
export type Aggregation = 'nearest' | 'mean' | 'centroid' | { readonly nearestMean: number };

/** Who is enrolled. */
export interface GalleryInput extends EmbeddingSet {
  /** Name of the person of each embedding, [count]. */
  readonly names: readonly string[];
  /** `'nearest'` by default. */
  readonly aggregation?: Aggregation;
  /** Identifies the network that made the embeddings; decisions refuse a threshold of another one. */
  readonly model?: string;
}

/** One enrolled person, measured from a probe. */
export interface Candidate {
  readonly name: string;
  /** Aggregated distance, smaller is nearer. */
  readonly distance: number;
}

/** A probe against everybody enrolled. */
export interface Search {
  /** Everybody, nearest first; people at equal distance in the order of enrolment. */
  readonly candidates: readonly Candidate[];
  /** Names of the enrolled images, nearest first, at most as many as asked for. */
  readonly neighbours: readonly string[];
}

/** Enrolled people. Holds its embeddings in memory and does not change. */
export interface Gallery {
  /** Names, in the order of enrolment. */
  readonly people: readonly string[];
  /** Images of each person, by name. */
  readonly images: ReadonlyMap<string, number>;
  readonly model: string | undefined;
  readonly dimension: number;
  readonly measure: DistanceMeasure;
  /**
   * Measures a probe against everybody.
   *
   * @param probe embedding, [dimension], finite
   * @param neighbours how many of the nearest images to name
   * @throws InvalidArgumentError where the probe is not such
   */
  search(probe: Float32Array, neighbours: number): Search;
}

/**
 * Enrols people.
 *
 * @param input embeddings with names, at least one
 * @throws InvalidArgumentError where shapes differ, a number is not finite, or the aggregation is unknown
 */
export function createGallery(input: GalleryInput): Gallery {
  const where = 'createGallery';
  const { names, aggregation = 'nearest', measure, dimension, model } = input;
  const table = embeddingTable(where, input);
  if (names.length !== table.count || names.length === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'names',
      expected: `one for each of ${table.count} embeddings, at least one`,
      got: names,
    });
  }
  const rows = new Map<string, number[]>();
  for (const [row, name] of names.entries()) {
    const list = rows.get(name);
    if (list === undefined) rows.set(name, [row]);
    else list.push(row);
  }
  const groups = [...rows];
  const centroids = aggregation === 'centroid' ? centroidTable(input, table, groups) : table;
  const aggregate = aggregator(where, aggregation);

  return {
    people: [...rows.keys()],
    images: new Map(groups.map(([name, list]) => [name, list.length])),
    model,
    dimension,
    measure,
    search(probe, neighbours) {
      if (probe.length !== dimension) {
        throw new InvalidArgumentError({
          where: 'Gallery.search',
          argument: 'probe',
          expected: `one embedding of ${dimension} numbers`,
          got: probe,
        });
      }
      const query = embeddingTable('Gallery.search', { embeddings: probe, dimension, measure });
      const distances = new Float64Array(table.count);
      distanceRows(query, 0, 1, table, 0, distances);
      const toCentroids = new Float64Array(groups.length);
      if (aggregation === 'centroid') distanceRows(query, 0, 1, centroids, 0, toCentroids);
      const candidates = groups.map(([name, list], person) => ({
        name,
        distance:
          aggregation === 'centroid' ? toCentroids[person]! : aggregate(list.map((row) => distances[row]!)),
      }));
      const nearest = Array.from(distances.keys())
        .sort((a, b) => distances[a]! - distances[b]!)
        .slice(0, neighbours);
      return {
        candidates: candidates.sort((a, b) => a.distance - b.distance),
        neighbours: nearest.map((row) => names[row]!),
      };
    },
  };
}

function aggregator(where: string, aggregation: Aggregation): (distances: number[]) => number {
  if (aggregation === 'nearest') return (distances) => Math.min(...distances);
  if (aggregation === 'mean' || aggregation === 'centroid') return mean;
  if (typeof aggregation === 'object' && Number.isInteger(aggregation.nearestMean)) {
    const k = aggregation.nearestMean;
    if (k >= 1) return (distances) => mean(distances.sort((a, b) => a - b).slice(0, k));
  }
  throw new InvalidArgumentError({
    where,
    argument: 'aggregation',
    expected: "'nearest', 'mean', 'centroid' or { nearestMean: an integer from 1 }",
    got: aggregation,
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean embedding of each person; for the cosine, mean of directions. */
function centroidTable(
  { measure, dimension }: GalleryInput,
  table: EmbeddingTable,
  groups: readonly (readonly [string, readonly number[]])[],
): EmbeddingTable {
  const means = new Float32Array(groups.length * dimension);
  for (const [person, [, rows]] of groups.entries()) {
    const { values } = selectRows(table, rows);
    for (let i = 0; i < dimension; i++) {
      let sum = 0;
      for (let row = 0; row < rows.length; row++) sum += values[row * dimension + i]!;
      means[person * dimension + i] = sum / rows.length;
    }
  }
  return embeddingTable('createGallery, centroids', { embeddings: means, dimension, measure });
}
