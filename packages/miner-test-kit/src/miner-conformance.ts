import {
  isMiner,
  MINER_API_VERSION,
  Relation,
  type DistanceMeasure,
  type Miner,
  type MinerBatch,
} from '@ft/miner-api';
import { createRandom } from '@ft/random';
import { check, checkResult, rowsOf } from './check-result.ts';
import { createBatch, type BatchSource } from './create-batch.ts';

/** What {@link minerConformance} needs: a test runner's two functions, and the miner. */
export interface ConformanceOptions {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => void) => void;
  readonly miner: Miner;
  /** Measures the miner accepts. Default all three. */
  readonly measures?: readonly DistanceMeasure[];
  /** Milliseconds allowed for one batch of 512, the best of three. Default 2,000. */
  readonly timeBudget?: number;
}

/**
 * Registers the tests that every miner must pass, with any runner that has `describe` and `it`.
 *
 * Each test is synchronous and throws a plain Error with a sentence where the miner breaks its contract.
 */
export function minerConformance({
  describe,
  it,
  miner,
  measures = ['squared-euclidean', 'euclidean', 'cosine'],
  timeBudget = 2000,
}: ConformanceOptions): void {
  const mine = (batch: MinerBatch, seed = 1) =>
    miner.mine(batch, {
      random: createRandom(seed, 'miner'),
      step: 0,
      epoch: 0,
      signal: new AbortController().signal,
    });
  const mineChecked = (batch: MinerBatch, seed?: number) => {
    const mined = mine(batch, seed);
    checkResult(miner, batch, mined);
    return mined;
  };
  const measure = measures[0]!;

  describe(`miner "${miner.name}" keeps the contract`, () => {
    it('is made by defineMiner, for this version of the contract', () => {
      check(isMiner(miner), 'make the miner with defineMiner of @ft/miner-api');
      check(
        miner.apiVersion === MINER_API_VERSION,
        `the miner is of version ${miner.apiVersion}, this kit of version ${MINER_API_VERSION}`,
      );
    });

    it('has options that survive JSON', () => {
      check(isJson({ ...miner.options }), 'options must be plain JSON with the defaults filled in');
    });

    for (const accepted of measures) {
      it(`selects rightly from ${accepted} distances`, () => {
        for (const [anchors, identities] of [
          [8, 2],
          [12, 5],
          [32, 8],
        ] as const) {
          mineChecked(createBatch({ ...cloud(anchors, identities), measure: accepted }));
        }
      });
    }

    it('gives a typed result where there is nothing or little to select from', () => {
      const { embeddings } = cloud(6, 2);
      for (const labels of [[], [0], [0, 0], [0, 1], [3, 3, 3, 3, 3, 3], [0, 1, 2, 3, 4, 5]]) {
        const mined = mineChecked(
          createBatch({ embeddings: embeddings.slice(0, labels.length), labels, measure }),
        );
        if (mined.kind === 'triplets' && new Set(labels).size < 2) {
          check(mined.anchors.length === 0, 'one identity has no triplet');
        }
      }
    });

    it('bears duplicates and a collapsed batch', () => {
      const { embeddings, labels } = cloud(12, 4);
      const first = embeddings[0]!;
      mineChecked(createBatch({ embeddings: embeddings.map(() => first), labels, measure }));
      mineChecked(
        createBatch({ embeddings: embeddings.map((row, i) => (i % 2 ? first : row)), labels, measure }),
      );
    });

    it('selects from a reference set, where an index means another item than in the batch', () => {
      mineChecked(createBatch({ ...cloud(8, 4), reference: cloud(20, 5, 9), measure }));
    });

    it('follows a relation in place of the labels', () => {
      const source = cloud(12, 3);
      const size = source.labels.length;
      const relation = Uint8Array.from({ length: size * size }, (_, cell) => {
        const [a, b] = [Math.floor(cell / size), cell % size];
        if (a === b || (a + b) % 5 === 0) return Relation.none;
        return (a ^ b) & 1 ? Relation.negative : Relation.positive;
      });
      mineChecked(createBatch({ ...source, measure, relation }));
    });

    it('gives the same for the same seed, and draws from context.random only', () => {
      const batch = createBatch({ ...cloud(32, 8), measure });
      const original = Math.random;
      Math.random = () => {
        throw new Error('the miner calls Math.random; use context.random');
      };
      try {
        const [first, second] = [mine(batch, 5), mine(batch, 5)];
        check(rowsOf(first).join() === rowsOf(second).join(), 'the same seed gave two results');
      } finally {
        Math.random = original;
      }
    });

    it('does not depend on the order of the batch where it does not draw', () => {
      const source = cloud(24, 6);
      const batch = createBatch({ ...source, measure });
      const plain = mine(batch, 1);
      if ([2, 3, 4].some((seed) => rowsOf(mine(batch, seed)).join() !== rowsOf(plain).join())) return;
      const order = createRandom(7).shuffle(source.labels.map((_, i) => i));
      const shuffled = mine(createBatch({ ...permuted(source, order), measure }));
      const back = (column: Int32Array) => column.map((i) => order[i]!);
      const restored =
        shuffled.kind === 'triplets'
          ? {
              ...shuffled,
              anchors: back(shuffled.anchors),
              positives: back(shuffled.positives),
              negatives: back(shuffled.negatives),
            }
          : { ...shuffled, anchors: back(shuffled.anchors), candidates: back(shuffled.candidates) };
      check(
        rowsOf(restored).join() === rowsOf(plain).join(),
        'the same items in another order gave another selection',
      );
    });

    it('changes nothing it is given and keeps nothing', () => {
      const batch = createBatch({ ...cloud(16, 4), measure });
      const copy = structuredClone(batch);
      const first = mine(batch);
      check(
        JSON.stringify(batch) === JSON.stringify(copy),
        'the batch is read only, but it changed while it was mined',
      );
      mine(createBatch({ ...cloud(20, 4, 3), measure }));
      check(rowsOf(mine(batch)).join() === rowsOf(first).join(), 'an earlier batch changed a later result');
    });

    it(`mines a batch of 512 within ${timeBudget} ms`, () => {
      const batch = largeBatch(measure);
      // A busy machine slows one run down, seldom three.
      let least = Infinity;
      for (let run = 0; run < 3 && least > timeBudget; run++) {
        const start = performance.now();
        mine(batch);
        least = Math.min(least, performance.now() - start);
      }
      check(least <= timeBudget, `it took ${Math.round(least)} ms`);
    });
  });
}

const largeBatches = new Map<DistanceMeasure, MinerBatch>();

/** A batch of 512, computed once for all miners of a test file. */
function largeBatch(measure: DistanceMeasure): MinerBatch {
  const batch = largeBatches.get(measure) ?? createBatch({ ...cloud(512, 128), measure });
  largeBatches.set(measure, batch);
  return batch;
}

/** Random points with labels 0, 1, ... in turn; points of one label are somewhat nearer to each other. */
function cloud(size: number, identities: number, seed = 1): Pick<BatchSource, 'embeddings' | 'labels'> {
  const random = createRandom(seed, 'cloud');
  const dimension = 6;
  const point = () => Array.from({ length: dimension }, () => random.normal());
  const centres = Array.from({ length: identities }, point);
  const labels = Array.from({ length: size }, (_, i) => i % identities);
  return { embeddings: labels.map((label) => point().map((x, i) => x + centres[label]![i]! / 2)), labels };
}

function permuted({ embeddings, labels }: Pick<BatchSource, 'embeddings' | 'labels'>, order: number[]) {
  return { embeddings: order.map((i) => embeddings[i]!), labels: order.map((i) => labels[i]!) };
}

function isJson(value: unknown): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return false;
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return plain && Object.values(value).every(isJson);
}
