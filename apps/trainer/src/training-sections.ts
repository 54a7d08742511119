import type { ReportSection } from '@ft/report';
import type { StepRecord } from '@ft/training';

/** How a training went, step by step, as sections of a report. */
export function trainingSections(records: readonly StepRecord[]): ReportSection[] {
  return [
    curve('Loss', 'loss', records, { 'mean loss of the mined tuples': (record) => record.loss }),
    curve('Mined tuples', 'tuples in a batch', records, { mined: (record) => record.mined }),
    curve('Distances', 'mean distance', records, {
      positives: (record) => record.positiveDistance,
      negatives: (record) => record.negativeDistance,
      'all pairs': (record) => record.spread,
    }),
  ];
}

/** Numbers of the steps as a chart. What is not a number, which JSON keeps as null, leaves a gap. */
export function curve(
  heading: string,
  label: string,
  records: readonly StepRecord[],
  series: Readonly<Record<string, (record: StepRecord) => number | null>>,
): ReportSection {
  return {
    kind: 'lines',
    heading,
    x: { label: 'step' },
    y: { label, min: 0 },
    series: Object.entries(series).map(([name, value]) => ({
      name,
      points: records.map((record) => [record.step, value(record) ?? Number.NaN] as const),
    })),
  };
}
