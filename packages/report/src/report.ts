import type { CalibrationSection } from './calibration-section.ts';
import type { CmcSection } from './cmc-section.ts';
import type { DetSection } from './det-section.ts';
import type { HistogramSection } from './histogram-section.ts';
import type { ImagesSection } from './images-section.ts';
import type { LinesSection } from './lines-section.ts';
import type { NotesSection } from './notes-section.ts';
import type { PointsSection } from './points-section.ts';
import type { RocSection } from './roc-section.ts';
import type { SummarySection } from './summary-section.ts';
import type { TableSection } from './table-section.ts';

/** One part of a report. Each has a `heading`. */
export type ReportSection =
  | SummarySection
  | TableSection
  | LinesSection
  | RocSection
  | DetSection
  | CmcSection
  | CalibrationSection
  | PointsSection
  | HistogramSection
  | ImagesSection
  | NotesSection;

/** A report as plain data. */
export interface Report {
  readonly title: string;
  /** One line below the title: when, where, by which version. */
  readonly subtitle?: string;
  /** Shown in this order; charts stand side by side where there is room. */
  readonly sections: readonly ReportSection[];
}
