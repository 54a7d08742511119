import { expect, test } from 'vitest';
import { parseBaseline, recordBaseline, regressions } from './baseline.ts';
import type { SpeedResult } from './run-speed.ts';
import { speedMarkdown, speedVerdict } from './speed-table.ts';

const side = { ms: 10, spread: 0.05, peakBytes: 2 ** 21 };

function result(costs: Record<string, number>, engine = 'tensorflow 2.21.0'): SpeedResult {
  return {
    format: 'ft-bench-speed-1',
    date: '2026-01-02T03:04:05.000Z',
    machine: { processor: 'A', cores: 2, memoryGiB: 24, platform: 'linux x64', load: 0 },
    threads: 2,
    versions: { node: '20', engine },
    peers: { torch: '2' },
    rows: Object.entries(costs).map(([name, cost]) => ({
      group: 'loss',
      name,
      ours: side,
      peer: { ...side, ms: 5 },
      beside: 'PyTorch',
      ratio: 0.5,
      goal: { kind: 'ratio', least: 1 },
      reached: false,
      relative: { median: cost, low: 0.9 * cost, high: 1.1 * cost },
      rounds: 5,
    })),
    notes: ['The peer: No module named faiss'],
  };
}

test('a row regresses where even its lower quartile is far above the record of its engine', () => {
  const baseline = recordBaseline(undefined, result({ a: 2, b: 2, c: 2 }));
  expect(regressions(baseline, result({ a: 3.4, b: 3.8, c: 1, unknown: 99 }))).toEqual([
    { id: 'loss/b', factor: expect.closeTo(1.71) },
  ]);
  expect(regressions(baseline, result({ b: 99 }, 'tensorflow 3.0.0'))).toHaveLength(1);
  expect(regressions(baseline, result({ b: 99 }, 'wasm 4.22.0'))).toEqual([]);
});

test('recording keeps other rows and engines, in order, and reads back', () => {
  const first = recordBaseline(undefined, result({ b: 2, a: 1 }));
  const both = recordBaseline(recordBaseline(first, result({ a: 5 }, 'wasm 4')), result({ a: 3 }));
  expect(both.engines).toEqual({ tensorflow: { 'loss/a': 3, 'loss/b': 2 }, wasm: { 'loss/a': 5 } });
  expect(parseBaseline(JSON.stringify(both), 'f')).toEqual(both);
});

test.each(['', '{}', '{"format":"ft-bench-baseline-1","engines":{"wasm":{"a":-1}}}'])(
  'a file that is no baseline is refused: %s',
  (text) => {
    expect(() => parseBaseline(text, 'old.json')).toThrow(/old\.json.*a baseline of ft-bench speed/);
  },
);

test('the table names the rows that fall short, and what was not measured', () => {
  const page = speedMarkdown(result({ a: 1 }));
  expect(page).toContain(
    '| loss/a | 10 ms ± 5 % | PyTorch | 5 ms ± 5 % | 0.5× | ≥ 1× FALLS SHORT | 2 MiB / 2 MiB |',
  );
  expect(page).toContain('0 of 1 rows reach their goal. These fall short: loss/a.');
  expect(page).toContain('- Not measured: The peer: No module named faiss');
  expect(speedVerdict([])).toBe('No row could be judged by a goal.');
});
