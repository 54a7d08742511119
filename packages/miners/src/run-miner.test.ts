import { defineMiner, type Mined, type MinedTriplets, type MinerBatch } from '@ft/miner-api';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { hard, runMiner } from './index.ts';

const batch = () =>
  createBatch({
    embeddings: [
      [1, 0],
      [1, 0.1],
      [0, 1],
    ],
    labels: [7, 7, 8],
  });
const context = { random: createRandom(1), step: 4, epoch: 0, signal: new AbortController().signal };
const statistics = { considered: 1, skipped: {} };
const columns = (a: number[], p: number[], n: number[]) => ({
  kind: 'triplets',
  anchors: Int32Array.from(a),
  positives: Int32Array.from(p),
  negatives: Int32Array.from(n),
  statistics,
});
const pairs = (anchors: number[], candidates: number[], same: number[]) => ({
  kind: 'pairs',
  anchors: Int32Array.from(anchors),
  candidates: Int32Array.from(candidates),
  same: Uint8Array.from(same),
  statistics,
});
const run = (result: unknown, on: MinerBatch = batch()) => {
  const output = (result as Mined | null)?.kind === 'pairs' ? 'pairs' : 'triplets';
  return runMiner(
    defineMiner({ name: 'suspect', output, options: {}, mine: () => result as Mined }),
    on,
    context,
  );
};

test('a right result passes through', () => {
  const right = columns([0, 1], [1, 0], [2, 2]);
  expect(run(right)).toBe(right);
  expect(run(pairs([0, 2], [1, 0], [1, 0]))).toMatchObject({ kind: 'pairs' });
  expect(runMiner(hard({ margin: 4 }), batch(), context).anchors).toHaveLength(2);
});

test.each([
  [null, 'expected an object of columns, got null'],
  [{ ...columns([], [], []), kind: 'quads' }, 'expected kind "triplets", got "quads"'],
  [{ ...columns([], [], []), anchors: [0] }, 'anchors must be an Int32Array, got [0]'],
  [{ ...columns([], [], []), negatives: undefined }, 'negatives must be an Int32Array, got undefined'],
  [columns([0, 1], [1, 0], [2]), 'equally long, got 2 anchors and 1 negatives'],
  [columns([3], [1], [2]), 'row 0 has anchor 3, outside 0 to 2'],
  [columns([0], [-1], [2]), 'row 0 has positive -1, outside 0 to 2'],
  [columns([0], [1], [99]), 'row 0 has negative 99, outside 0 to 2'],
  [columns([0, 1], [1, 1], [2, 2]), 'row 1 pairs anchor 1 with itself'],
  [columns([0], [2], [2]), 'row 0 takes candidate 2 (label 8) as a positive of anchor 0 (label 7)'],
  [columns([0], [1], [1]), 'row 0 takes candidate 1 (label 7) as a negative of anchor 0 (label 7)'],
  [pairs([0], [1], [0]), 'row 0 takes candidate 1 (label 7) as a negative of anchor 0 (label 7)'],
  [pairs([0], [1], [2]), 'row 0 has same 2, expected 0 or 1'],
  [{ ...columns([], [], []), statistics: undefined }, 'statistics.considered must be a count, got undefined'],
  [{ ...columns([], [], []), statistics: { considered: 1, skipped: { x: -1 } } }, 'map reasons to counts'],
])('a bad result is named: %#', (result, message) => {
  expect(() => run(result)).toThrow(
    expect.objectContaining({
      code: 'FT_MINER_BAD_OUTPUT',
      message: expect.stringMatching(/^Miner "suspect" gave a bad result: /),
    }),
  );
  expect(() => run(result)).toThrow(message);
});

test('a relation takes the place of the labels', () => {
  const relation = Uint8Array.from([0, 2, 1, 2, 0, 0, 1, 0, 0]);
  const related = { ...batch(), relation };
  expect(() => run(columns([0], [2], [1]), related)).not.toThrow();
  expect(() => run(columns([0], [1], [2]), related)).toThrow(
    'row 0 takes candidate 1 as a positive of anchor 0, which it is not',
  );
});

const throwing = (error: unknown) =>
  defineMiner<MinedTriplets>({
    name: 'broken',
    output: 'triplets',
    options: {},
    mine: () => {
      throw error;
    },
  });

test('a miner that throws is named, its error is the cause, and its FtErrors pass through', () => {
  const cause = new TypeError('no such thing');
  expect(() => runMiner(throwing(cause), batch(), context)).toThrow(
    expect.objectContaining({
      code: 'FT_MINER_FAILED',
      message: 'Miner "broken" failed at step 4: no such thing',
      cause,
    }),
  );
  const raw = createBatch({ embeddings: [[1, 0]], labels: [0], normalize: false });
  expect(() => runMiner(hard(), raw, context)).toThrow(
    expect.objectContaining({ code: 'FT_INVALID_ARGUMENT' }),
  );
  const aborted = { ...context, signal: AbortSignal.abort() };
  expect(() => runMiner(throwing(cause), batch(), aborted)).toThrow(cause);
});

test.each<[string, (batch: MinerBatch) => ArrayLike<number>]>([
  ['distances.data', (given) => given.distances.data],
  ['anchorLabels', (given) => given.anchorLabels],
  ['candidateLabels', (given) => given.candidateLabels],
  ['selfIndex', (given) => given.selfIndex],
  ['relation', (given) => given.relation!],
  ['embeddings.anchors', (given) => given.embeddings!.anchors],
  ['embeddings.candidates', (given) => given.embeddings!.candidates],
])('a miner that writes to %s is found out', (_, part) => {
  const writing = defineMiner({
    name: 'writer',
    output: 'triplets',
    options: {},
    mine: (given) => {
      (part(given) as Float32Array)[1] = 5;
      return columns([], [], []) as Mined;
    },
  });
  const given = { ...batch(), relation: new Uint8Array(9) };
  expect(() => runMiner(writing, given, context)).toThrow('Miner "writer" changed the batch');
});

test('a batch that does not fit together is refused before the miner sees it', () => {
  const good = batch();
  const short = { ...good, anchorLabels: new Int32Array(2) };
  expect(() => run(columns([], [], []), short)).toThrow(
    'runMiner("suspect"): batch.anchorLabels must be an Int32Array of 3 (anchors: 3, candidates: 3), got a Int32Array of 2.',
  );
  const nan = batch();
  nan.distances.data[5] = Number.NaN;
  expect(() => run(columns([], [], []), nan)).toThrow(
    'the distance of anchor 1 to candidate 2 must be finite, got NaN.',
  );
});
