import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accuracyReport, cellsCsv } from './accuracy-report.ts';
import { cellSchema } from './cell.ts';
import { pairedComparisons, scoreTable, standings, type Reached } from './compare-treatments.ts';
import { expandGrid, gridSchema, treatmentOf, type Grid } from './grid.ts';
import { presets } from './presets.ts';
import { contentKey } from '../jobs/content-key.ts';
import { resultStore } from '../jobs/result-store.ts';

const facts = { engine: 'tensorflow' as const, versions: { engine: '1' } };
const grid: Grid = {
  ...presets['smoke']!,
  folds: [0, 1],
  losses: ['triplet', 'arcface'],
  miners: [{ name: 'hard' }, { name: 'random' }],
  seeds: [1, 2],
};

test('a grid is every combination; a loss that needs no miner stands by itself', () => {
  const cells = expandGrid(grid, facts);
  expect(cells).toHaveLength(2 * 2 * 3);
  expect(cells.map((cell) => treatmentOf(cell, grid)).slice(0, 3)).toEqual([
    'hard, triplet',
    'random, triplet',
    'arcface',
  ]);
  for (const cell of cells) expect(cellSchema.parse(cell)).toEqual(cell);
  expect(new Set(cells.map(contentKey)).size).toBe(cells.length);
});

test.each(Object.entries(presets))(
  'the preset %s is a grid whose miners exist, at equal compute',
  async (_name, preset) => {
    expect(gridSchema.parse(preset)).toEqual(preset);
    expect(preset.imagesSeen % (preset.people * preset.images)).toBe(0);
  },
);

test('a key is the content: order does not count, every value does', () => {
  const [cell] = expandGrid(grid, facts);
  const turned = Object.fromEntries(Object.entries(cell!).reverse()) as typeof cell;
  expect(contentKey(turned!)).toBe(contentKey(cell!));
  for (const changed of [
    { ...cell!, seed: 9 },
    { ...cell!, versions: { engine: '2' } },
    { ...cell!, miner: { ...cell!.miner, options: { margin: 1 } } },
  ]) {
    expect(contentKey(changed)).not.toBe(contentKey(cell!));
  }
});

test('a loss on tuples without a miner is refused', () => {
  expect(() => expandGrid({ ...grid, miners: [] }, facts)).toThrow(
    /miners must be a list of at least one.*Losses/,
  );
});

/** Results as if `hard` were better by a tenth in every block. */
function reachedOf(partial = false): Reached[] {
  return expandGrid({ ...grid, losses: ['triplet'] }, facts)
    .filter((_, i) => !partial || i !== 0)
    .map((cell) => ({
      cell,
      result: {
        accuracy: 0.6 + cell.seed / 100 + cell.fold / 1000 + (cell.miner.name === 'hard' ? 0.1 : 0),
        standardError: 0.01,
        auc: 0.7,
        eer: 0.3,
        curve: [
          [0, 0.5],
          [2880, 0.6],
        ],
        activeFraction: 0.5,
        collapsedAt: cell.miner.name === 'hard' && cell.seed === 1 ? 960 : null,
        trainSeconds: 2,
        miningSeconds: 1,
      },
    }));
}
const shown = { ...grid, losses: ['triplet' as const] };

test('the leaderboard has the best first, and comparisons are paired by seed and fold', () => {
  const [best, worst] = standings(reachedOf(), shown);
  expect(best).toMatchObject({
    treatment: 'hard',
    runs: 4,
    accuracy: expect.closeTo(0.7155),
    activeFraction: 0.5,
    collapsed: 2,
  });
  expect(worst).toMatchObject({ treatment: 'random', collapsed: 0 });
  const table = scoreTable(reachedOf(), shown)!;
  expect(table.scores).toHaveLength(4);
  expect(pairedComparisons(table)).toEqual([
    {
      first: 'hard',
      second: 'random',
      difference: expect.closeTo(0.1),
      wins: 4,
      blocks: 4,
      p: 0.125,
      corrected: 0.125,
    },
  ]);
});

test('a result that does not say whether the network collapsed leaves that open', () => {
  const older = reachedOf().map(({ cell, result: { collapsedAt: _collapsedAt, ...result } }) => ({
    cell,
    result,
  }));
  expect(standings(older, shown)[0]!.collapsed).toBeNull();
});

test('a block that one strategy has not been through does not count in ranks', () => {
  expect(scoreTable(reachedOf(true), shown)!.scores).toHaveLength(3);
  expect(scoreTable(reachedOf().slice(0, 2), shown)).toBeUndefined();
});

test('the report and the table hold every strategy', async () => {
  const page = await accuracyReport('x', shown, reachedOf(), { date: '2026-01-01', device: 'A', seconds: 9 });
  for (const text of ['Leaderboard', 'Learning curves', 'Critical differences', 'hard against random']) {
    expect(page).toContain(text);
  }
  expect(cellsCsv(reachedOf(), shown).trim().split('\r\n')).toHaveLength(9);
});

test('results are kept by key; one that was cut off counts as missing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ft-bench-store-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const store = await resultStore(join(directory, 'new', 'cells'));
  expect(await store.get('k')).toBeUndefined();
  await store.put('k', { a: 1 }, { accuracy: 0.5 });
  await store.put('k', { a: 1 }, { accuracy: 0.5 });
  expect(await store.get('k')).toEqual({ accuracy: 0.5 });
  await truncate(join(directory, 'new', 'cells', 'k.json'), 10);
  expect(await store.get('k')).toBeUndefined();
});
