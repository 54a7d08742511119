import { samplePairs } from '@ft/datasets';
import { learnMetric, metricToJson } from '@ft/linear-metric';
import type { EmbeddingModel } from '@ft/models';
import { createRandom } from '@ft/random';
import { evaluateModel, formatAccuracy } from './evaluate-model.ts';
import { embedFaces } from './face-model.ts';
import type { FeatureBank } from './feature-bank.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { MetricSummary } from './run-summary.ts';
import type { TrainRunOptions } from './train-run.ts';

/** Learns a metric on the embeddings of the training images, where the run wants one, and measures it. */
export async function learnRunMetric(
  model: EmbeddingModel,
  { config, data }: PreparedRun,
  { directory, output }: TrainRunOptions,
  bank: FeatureBank | undefined,
): Promise<MetricSummary | undefined> {
  if (config.metric === null) return undefined;
  const { traceWeight, anchorWeight, pairs: count } = config.metric;
  const embeddings = await (bank?.embed(model, data.train) ??
    embedFaces(model, data.train, output, 'Embedding the training images'));
  const random = createRandom(config.seed, 'metric');
  const started = performance.now();
  const learned = learnMetric({
    embeddings,
    dimension: model.architecture.embeddingSize,
    pairs: samplePairs(data.train.labels, { count, random }),
    traceWeight,
    anchorWeight,
    random,
  });
  const seconds = (performance.now() - started) / 1000;
  const label = 'Measuring with the learned metric';
  const result = await evaluateModel(model, data.evaluation, output, label, { bank, metric: learned });
  await directory.writeJson('metric.json', metricToJson(learned));
  await directory.writeJson('evaluation-metric.json', result);
  output.say(`With a learned metric of rank ${learned.rank}: accuracy ${formatAccuracy(result)}`);
  return {
    accuracy: result.accuracy!,
    standardError: result.standardError!,
    auc: result.auc,
    rank: learned.rank,
    seconds: Number(seconds.toFixed(2)),
  };
}
