import { pairwiseDistances } from '@ft/core-losses';
import type { Mined, Miner, MinerBatch, MinerContext } from '@ft/miner-api';
import { runMiner, type ReferenceBank, type ReferenceBankState } from '@ft/miners';
import * as tf from '@tensorflow/tfjs-core';
import type { TupleObjective } from '../objective.ts';
import { NonFiniteStep } from './non-finite-step.ts';

/** What a miner was given and what it made of it. */
export interface Mining<M extends Mined = Mined> {
  readonly batch: MinerBatch;
  readonly mined: M;
}

/** How one batch is mined: the distances as a tensor, and from their values the tuples. */
export interface TupleMining<M extends Mined = Mined> {
  /** [batch, dimension] -> distances [batch, candidates]: to the batch itself, then to the memory. */
  distances(embeddings: tf.Tensor2D): tf.Tensor2D;
  mine(embeddings: Float32Array, distances: Float32Array): Mining<M>;
  /** Milliseconds that mining took. */
  time(): number;
}

export interface TupleMiningOptions<M extends Mined> {
  readonly objective: TupleObjective<M>;
  readonly miner: Miner<M>;
  readonly labels: Int32Array;
  /** Are the embeddings of length 1? */
  readonly normalized: boolean;
  readonly memory: ReferenceBank | undefined;
  readonly context: MinerContext;
}

export function tupleMining<M extends Mined>(options: TupleMiningOptions<M>): TupleMining<M> {
  const { objective, miner, labels, normalized, memory, context } = options;
  const { measure } = objective;
  const past = memory === undefined || memory.size() === 0 ? undefined : memory.state();
  const size = labels.length;
  let time = 0;
  return {
    distances(embeddings) {
      if (past === undefined)
        return pairwiseDistances(embeddings, undefined, { measure, checkFinite: false });
      const old = tf.tensor2d(past.embeddings, [past.labels.length, embeddings.shape[1]]);
      return pairwiseDistances(embeddings, tf.concat([embeddings, old]), { measure, checkFinite: false });
    },
    mine(embeddings, distances) {
      const candidates = size + (past?.labels.length ?? 0);
      checkFinite(distances, size, candidates);
      const batch: MinerBatch = {
        distances: { data: distances, anchors: size, candidates, measure, normalized },
        anchorLabels: labels,
        candidateLabels: past === undefined ? labels : Int32Array.of(...labels, ...past.labels),
        selfIndex: Int32Array.from(labels.keys()),
        embeddings: {
          anchors: embeddings,
          candidates: past === undefined ? embeddings : joined(embeddings, past),
          dimension: embeddings.length / size,
        },
      };
      const started = performance.now();
      const mined = runMiner(miner, batch, context);
      time = performance.now() - started;
      return { batch, mined };
    },
    time: () => time,
  };
}

function joined(embeddings: Float32Array, past: ReferenceBankState): Float32Array {
  const both = new Float32Array(embeddings.length + past.embeddings.length);
  both.set(embeddings);
  both.set(past.embeddings, embeddings.length);
  return both;
}

function checkFinite(distances: Float32Array, size: number, candidates: number): void {
  for (let i = 0; i < distances.length; i++) {
    if (Number.isFinite(distances[i])) continue;
    const [anchor, candidate] = [Math.floor(i / candidates), i % candidates];
    const of =
      candidate < size
        ? `images ${anchor} and ${candidate} of the batch`
        : `image ${anchor} of the batch to item ${candidate - size} of the memory`;
    throw new NonFiniteStep(`the distance of ${of} is ${distances[i]}`);
  }
}
