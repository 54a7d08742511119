import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet, type EmbeddingTable } from '../embeddings/embedding-table.ts';
import { smallestIndices } from './smallest-indices.ts';

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
  /** Aggregated distance to each person, in the order of enrolment, [people]. */
  readonly distances: Float64Array;
  /** The nearest people, nearest first; at equal distance in the order of enrolment. */
  readonly candidates: readonly Candidate[];
  /** Names of the nearest enrolled images, nearest first. */
  readonly neighbours: readonly string[];
}

/** How much of a search to list. */
export interface SearchOptions {
  /** People; 5 by default. */
  readonly candidates?: number;
  /** Images; none by default. */
  readonly neighbours?: number;
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
   * @throws InvalidArgumentError where the probe is not such
   */
  search(probe: Float32Array, options?: SearchOptions): Search;
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
  const people = [...new Set(names)];
  const numbers = new Map(people.map((name, person) => [name, person]));
  const personOf = Int32Array.from(names, (name) => numbers.get(name)!);
  const images = new Int32Array(people.length);
  for (const person of personOf) images[person]!++;
  const centroids = aggregation === 'centroid' ? centroidTable(input, table, personOf, images) : null;
  const aggregate = aggregation === 'centroid' ? null : aggregator(where, aggregation, personOf, images);

  return {
    people,
    images: new Map(people.map((name, person) => [name, images[person]!])),
    model,
    dimension,
    measure,
    search(probe, { candidates = 5, neighbours = 0 } = {}) {
      if (probe.length !== dimension) {
        throw new InvalidArgumentError({
          where: 'Gallery.search',
          argument: 'probe',
          expected: `one embedding of ${dimension} numbers`,
          got: probe,
        });
      }
      const query = embeddingTable('Gallery.search', { embeddings: probe, dimension, measure });
      const distancesTo = (references: EmbeddingTable) => {
        const out = new Float64Array(references.count);
        distanceRows(query, 0, 1, references, 0, out);
        return out;
      };
      const toImages = centroids === null || neighbours > 0 ? distancesTo(table) : null;
      const distances = centroids === null ? aggregate!(toImages!) : distancesTo(centroids);
      return {
        distances,
        candidates: smallestIndices(distances, candidates).map((person) => ({
          name: people[person]!,
          distance: distances[person]!,
        })),
        neighbours: toImages === null ? [] : smallestIndices(toImages, neighbours).map((row) => names[row]!),
      };
    },
  };
}

/** Turns distances to images into distances to people. */
function aggregator(
  where: string,
  aggregation: Exclude<Aggregation, 'centroid'>,
  personOf: Int32Array,
  images: Int32Array,
): (distances: Float64Array) => Float64Array {
  const people = images.length;
  if (aggregation === 'nearest') {
    return (distances) => {
      const nearest = new Float64Array(people).fill(Infinity);
      for (const [row, person] of personOf.entries()) {
        if (distances[row]! < nearest[person]!) nearest[person] = distances[row]!;
      }
      return nearest;
    };
  }
  if (aggregation === 'mean') {
    return (distances) => {
      const sums = new Float64Array(people);
      for (const [row, person] of personOf.entries()) sums[person]! += distances[row]!;
      return sums.map((sum, person) => sum / images[person]!);
    };
  }
  const k = typeof aggregation === 'object' ? aggregation.nearestMean : Number.NaN;
  if (!Number.isInteger(k) || k < 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'aggregation',
      expected: "'nearest', 'mean', 'centroid' or { nearestMean: an integer from 1 }",
      got: aggregation,
    });
  }
  return (distances) => {
    const own = Array.from(images, (): number[] => []);
    for (const [row, person] of personOf.entries()) own[person]!.push(distances[row]!);
    return Float64Array.from(own, (list) => {
      const nearest = list.sort((a, b) => a - b).slice(0, k);
      return nearest.reduce((sum, distance) => sum + distance, 0) / nearest.length;
    });
  };
}

/** Mean embedding of each person; for the cosine, mean of directions. */
function centroidTable(
  { measure, dimension }: GalleryInput,
  { values }: EmbeddingTable,
  personOf: Int32Array,
  images: Int32Array,
): EmbeddingTable {
  const sums = new Float64Array(images.length * dimension);
  for (const [row, person] of personOf.entries()) {
    for (let i = 0; i < dimension; i++) sums[person * dimension + i]! += values[row * dimension + i]!;
  }
  const means = Float32Array.from(sums, (sum, i) => sum / images[Math.floor(i / dimension)]!);
  return embeddingTable('createGallery, centroids', { embeddings: means, dimension, measure });
}
