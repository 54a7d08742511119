import { samplePairs } from '@ft/datasets';
import {
  fitJointBayesian,
  jointBayesianDistances,
  jointBayesianFromJson,
  jointBayesianToJson,
  learnMetric,
  metricDistances,
  metricFromJson,
  metricToJson,
} from '@ft/linear-metric';
import type { EmbeddingModel } from '@ft/models';
import { createRandom } from '@ft/random';
import type { RunConfig } from './config.ts';
import { evaluateModel, formatAccuracy, type EmbeddingDistances } from './evaluate-model.ts';
import { embedFaces } from './face-model.ts';
import type { FeatureBank } from './feature-bank.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { MetricSummary } from './run-summary.ts';
import type { TrainRunOptions } from './train-run.ts';

interface Learned {
  /** What `metric.json` holds. */
  readonly saved: unknown;
  /** Directions in which the metric tells people apart. */
  readonly rank: number;
}

/** Learns a metric on the embeddings of the training images, where the run wants one, and measures it. */
export async function learnRunMetric(
  model: EmbeddingModel,
  { config, data }: PreparedRun,
  { directory, output }: TrainRunOptions,
  bank: FeatureBank | undefined,
): Promise<MetricSummary | undefined> {
  if (config.metric === null) return undefined;
  const embeddings = await (bank?.embed(model, data.train) ??
    embedFaces(model, data.train, output, 'Embedding the training images'));
  const started = performance.now();
  const { saved, rank } = learn(config.metric, config.seed, {
    embeddings,
    dimension: model.architecture.embeddingSize,
    labels: data.train.labels,
  });
  const seconds = (performance.now() - started) / 1000;
  const label = 'Measuring with the learned metric';
  const result = await evaluateModel(model, data.evaluation, output, label, {
    bank,
    distances: savedMetric(saved),
  });
  await directory.writeJson('metric.json', saved);
  await directory.writeJson('evaluation-metric.json', result);
  output.say(`With a learned metric of rank ${rank}: accuracy ${formatAccuracy(result)}`);
  return {
    accuracy: result.accuracy!,
    standardError: result.standardError!,
    auc: result.auc,
    rank,
    seconds: Number(seconds.toFixed(2)),
  };
}

function learn(
  { method, traceWeight, anchorWeight, pairs: count, shrinkage }: NonNullable<RunConfig['metric']>,
  seed: number,
  faces: { readonly embeddings: Float32Array; readonly dimension: number; readonly labels: Int32Array },
): Learned {
  if (method === 'joint-bayesian') {
    const model = fitJointBayesian({ ...faces, shrinkage });
    return {
      saved: jointBayesianToJson(model),
      rank: model.between.filter((variance) => variance > 0).length,
    };
  }
  const random = createRandom(seed, 'metric');
  const { labels, ...embeddings } = faces;
  const pairs = samplePairs(labels, { count, random });
  const metric = learnMetric({ ...embeddings, pairs, traceWeight, anchorWeight, random });
  return { saved: metricToJson(metric), rank: metric.rank };
}

/**
 * The distances of a metric that a run has saved.
 *
 * @param saved what its `metric.json` holds
 * @throws MetricFormatError where that is neither of the two kinds
 */
export function savedMetric(saved: unknown): EmbeddingDistances {
  if ((saved as { format?: unknown } | null)?.format === 'ft-joint-bayesian-1') {
    const model = jointBayesianFromJson(saved);
    return (...pairs) => jointBayesianDistances(model, ...pairs);
  }
  const metric = metricFromJson(saved);
  return (...pairs) => metricDistances(metric, ...pairs);
}
