import { InvalidArgumentError } from '@ft/errors';
import { calibrationChart } from './calibration-section.ts';
import { cmcChart } from './cmc-section.ts';
import { detChart } from './det-section.ts';
import type { Chart } from './draw-chart.ts';
import { histogramChart } from './histogram-section.ts';
import { linesChart } from './lines-section.ts';
import { pointsChart } from './points-section.ts';
import type { ReportSection } from './report.ts';
import { rocChart } from './roc-section.ts';

/** A section that is drawn. */
export type ChartSection = Exclude<ReportSection, { kind: 'summary' | 'table' | 'images' | 'notes' }>;

/** What a section draws. */
export function chartOf(section: ChartSection): Chart {
  switch (section.kind) {
    case 'lines':
      return linesChart(section);
    case 'roc':
      return rocChart(section);
    case 'det':
      return detChart(section);
    case 'cmc':
      return cmcChart(section);
    case 'histogram':
      return histogramChart(section);
    case 'calibration':
      return calibrationChart(section);
    case 'points':
      return pointsChart(section);
    default:
      throw new InvalidArgumentError({
        where: 'renderReport',
        argument: 'kind',
        expected:
          "'summary', 'table', 'lines', 'roc', 'det', 'cmc', 'histogram', 'calibration', 'points', 'images' or 'notes'",
        got: (section as ReportSection).kind,
      });
  }
}
