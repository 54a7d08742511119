import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure, MinerBatch } from '@ft/miner-api';
import { distancesFromProducts, plainDotProducts, squaredNorms, type DotProducts } from './distance-block.ts';

export interface ReferenceBankOptions {
  /** How many embeddings the bank holds before the oldest make way, at least 1. */
  readonly capacity: number;
  /** Coordinates of an embedding, at least 1. */
  readonly dimension: number;
  /** Replaces the plain dot products, which take O(batch x bank x dimension) on one core. */
  readonly dotProducts?: DotProducts;
}

/** What a bank holds, oldest first. */
export interface ReferenceBankState {
  /** Row-major [labels.length x dimension]. */
  readonly embeddings: Float32Array;
  readonly labels: Int32Array;
}

/** Embeddings of past batches, to mine from beside the batch at hand. */
export interface ReferenceBank {
  /** Embeddings held now. */
  size(): number;
  /**
   * Takes a batch in, after it has been mined.
   *
   * @param embeddings row-major [labels.length x dimension]
   */
  add(embeddings: Float32Array, labels: Int32Array): void;
  /**
   * A batch to mine: anchors are the batch's rows; candidates are the batch's rows, then the bank's, oldest first.
   * Candidates below the number of anchors can be given a gradient, the others are constants.
   *
   * @param embeddings row-major [labels.length x dimension]
   * @param options `normalized`: are the embeddings, the bank's too, L2-normalised?
   */
  batch(
    embeddings: Float32Array,
    labels: Int32Array,
    options: { readonly measure: DistanceMeasure; readonly normalized: boolean },
  ): MinerBatch;
  /** A copy of what the bank holds, for a checkpoint. */
  state(): ReferenceBankState;
  /** Goes back to a state; the newest stay where it is larger than the capacity. */
  restore(state: ReferenceBankState): void;
}

/**
 * A first-in, first-out bank of embeddings that any miner can draw positives and negatives from.
 *
 * @throws InvalidArgumentError on a wrong option; its methods where embeddings and labels do not fit together
 * @see Wang et al., "Cross-batch memory for embedding learning" (2020)
 */
export function referenceBank({
  capacity,
  dimension,
  dotProducts = plainDotProducts,
}: ReferenceBankOptions): ReferenceBank {
  const where = 'referenceBank';
  for (const [argument, got] of Object.entries({ capacity, dimension })) {
    if (!Number.isInteger(got) || got < 1) {
      throw new InvalidArgumentError({ where, argument, expected: 'an integer of at least 1', got });
    }
  }
  let embeddings = new Float32Array();
  let labels = new Int32Array();
  const check = (argument: string, rows: Float32Array, rowLabels: Int32Array) => {
    const length = rowLabels.length * dimension;
    if (rows instanceof Float32Array && rowLabels instanceof Int32Array && rows.length === length) return;
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `a Float32Array of ${length} (${rowLabels.length} labels x ${dimension})`,
      got: rows,
    });
  };
  const add = (rows: Float32Array, rowLabels: Int32Array) => {
    check('embeddings', rows, rowLabels);
    const drop = Math.max(0, labels.length + rowLabels.length - capacity);
    embeddings = joined(Float32Array, embeddings, rows).slice(drop * dimension);
    labels = joined(Int32Array, labels, rowLabels).slice(drop);
  };
  return {
    size: () => labels.length,
    add,
    batch(rows, rowLabels, { measure, normalized }) {
      check('embeddings', rows, rowLabels);
      const anchors = { data: rows, count: rowLabels.length, dimension };
      const candidateLabels = joined(Int32Array, rowLabels, labels);
      const candidates = {
        data: joined(Float32Array, rows, embeddings),
        count: candidateLabels.length,
        dimension,
      };
      const products = dotProducts(anchors, candidates);
      return {
        distances: {
          data: distancesFromProducts(products, squaredNorms(anchors), squaredNorms(candidates), measure),
          anchors: anchors.count,
          candidates: candidates.count,
          measure,
          normalized,
        },
        anchorLabels: rowLabels,
        candidateLabels,
        selfIndex: rowLabels.map((_, i) => i),
        embeddings: { anchors: rows, candidates: candidates.data, dimension },
      };
    },
    state: () => ({ embeddings: embeddings.slice(), labels: labels.slice() }),
    restore(state) {
      check('state.embeddings', state.embeddings, state.labels);
      embeddings = new Float32Array();
      labels = new Int32Array();
      add(state.embeddings, state.labels);
    },
  };
}

function joined<A extends Float32Array | Int32Array>(
  type: new (length: number) => A,
  first: A,
  second: A,
): A {
  const both = new type(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
