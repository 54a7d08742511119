import { InvalidArgumentError } from '@ft/errors';
import { z } from 'zod';
import { caseId } from './speed-case.ts';
import type { SpeedResult, SpeedRow } from './run-speed.ts';

const baselineSchema = z.strictObject({
  format: z.literal('ft-bench-baseline-1'),
  /** For each kind of engine, our time over that of the reference workload, by row. */
  engines: z.record(z.string(), z.record(z.string(), z.number().positive())),
});

/** What rows cost when they were last recorded, in units of the reference workload. */
export type Baseline = z.infer<typeof baselineSchema>;

/** A row that has become slower than its record. */
export interface Regression {
  readonly id: string;
  /** Its cost over the recorded one. */
  readonly factor: number;
}

/** A row may cost so much more than recorded, because machines differ in more than the reference workload shows. */
const TOLERANCE = 1.6;

/** @throws InvalidArgumentError where the text is no baseline */
export function parseBaseline(text: string, file: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = baselineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError({
    where: file,
    argument: 'its text',
    expected: 'a baseline of ft-bench speed',
    got: parsed.error.issues[0]?.message ?? 'something else',
    remedy: 'Record it again with --record.',
  });
}

/** The baseline with the rows of a result in it; the others stay. */
export function recordBaseline(old: Baseline | undefined, result: SpeedResult): Baseline {
  const engine = engineOf(result);
  const costs = { ...old?.engines[engine] };
  // A share is judged by its goal.
  for (const row of result.rows.filter(({ isShare }) => isShare !== true))
    costs[caseId(row)] = Number(row.relative.median.toPrecision(4));
  const sorted = Object.fromEntries(Object.entries(costs).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { format: 'ft-bench-baseline-1', engines: { ...old?.engines, [engine]: sorted } };
}

/**
 * The rows that have become slower: even their lower quartile is above the record by more than machines differ.
 */
export function regressions(baseline: Baseline, result: SpeedResult): Regression[] {
  const costs = baseline.engines[engineOf(result)] ?? {};
  return result.rows
    .map((row) => ({ id: caseId(row), factor: factorOf(row, costs) }))
    .filter(({ factor }) => factor > TOLERANCE);
}

function factorOf(row: SpeedRow, costs: Readonly<Record<string, number>>): number {
  const recorded = costs[caseId(row)];
  return recorded === undefined ? 0 : row.relative.low / recorded;
}

/** `tensorflow 2.21.0` is recorded as `tensorflow`: a new version that is slower is a regression too. */
const engineOf = ({ versions }: SpeedResult) => versions['engine']!.split(' ', 1)[0]!;
