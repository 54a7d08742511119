import type { RunConfig } from './config.ts';

/** `summary.json`: what a run reached. */
export interface RunSummary {
  readonly task: 'verification';
  readonly protocol: RunConfig['protocol'];
  /** The fold of View 2 that was tested, from 1; absent for other protocols. */
  readonly fold?: number;
  readonly category: string;
  readonly accuracy: number;
  readonly standardError: number;
  readonly auc: number;
  readonly eer: number;
  /** The network before training, on the same pairs. */
  readonly start: { readonly accuracy: number; readonly auc: number; readonly eer: number };
  /** The same with a learned metric, where the run learns one. */
  readonly metric?: MetricSummary;
  /** The step whose weights were kept, where a validation chose it. */
  readonly best?: { readonly step: number; readonly score: number };
  readonly engine: string;
  readonly steps: number;
  readonly imagesSeen: number;
  readonly trainSeconds: number;
  readonly imagesPerSecond: number;
  readonly seed: number;
}

/** What a metric learned on the embeddings of the training images reached, on the same pairs. */
export interface MetricSummary {
  readonly accuracy: number;
  readonly standardError: number;
  readonly auc: number;
  /** Directions that the metric sees. */
  readonly rank: number;
  readonly seconds: number;
}
