import type { DistanceMeasure, MinerBatch, PairRelation } from '@ft/miner-api';

/** Embeddings and labels from which {@link createBatch} computes a batch. */
export interface BatchSource {
  /** Anchors as rows of coordinates. */
  readonly embeddings: readonly (readonly number[])[];
  /** Identity of every anchor. */
  readonly labels: readonly number[];
  /** A separate set of candidates; without it the anchors are each other's candidates. */
  readonly reference?: Pick<BatchSource, 'embeddings' | 'labels'>;
  /** Default `'squared-euclidean'`. */
  readonly measure?: DistanceMeasure;
  /** L2-normalise the embeddings first? Default true. A row of zeros stays zero. */
  readonly normalize?: boolean;
  readonly relation?: PairRelation;
}

/**
 * A batch for a miner, computed plainly from embeddings: for tests.
 *
 * @returns the batch, with its coordinates
 */
export function createBatch(source: BatchSource): MinerBatch {
  const { labels, reference, measure = 'squared-euclidean', normalize = true, relation } = source;
  const prepare = (rows: BatchSource['embeddings']) => (normalize ? rows.map(unit) : rows);
  const rows = prepare(source.embeddings);
  const columns = reference === undefined ? rows : prepare(reference.embeddings);
  const anchors = Float32Array.from(rows.flat());
  return {
    distances: {
      data: Float32Array.from(rows.flatMap((a) => columns.map((b) => distance(a, b, measure)))),
      anchors: rows.length,
      candidates: columns.length,
      measure,
      normalized: normalize,
    },
    anchorLabels: Int32Array.from(labels),
    candidateLabels: Int32Array.from(reference?.labels ?? labels),
    selfIndex: Int32Array.from(labels, (_, i) => (reference === undefined ? i : -1)),
    embeddings: {
      anchors,
      candidates: reference === undefined ? anchors : Float32Array.from(columns.flat()),
      dimension: (rows[0] ?? columns[0])?.length ?? 0,
    },
    ...(relation !== undefined && { relation }),
  };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function unit(row: readonly number[]): number[] {
  const length = Math.sqrt(dot(row, row)) || 1;
  return row.map((x) => x / length);
}

function distance(a: readonly number[], b: readonly number[], measure: DistanceMeasure): number {
  if (measure === 'cosine') return Math.max(0, 1 - dot(unit(a), unit(b)));
  const squared = a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);
  return measure === 'euclidean' ? Math.sqrt(squared) : squared;
}
