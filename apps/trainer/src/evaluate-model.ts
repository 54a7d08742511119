import { createHash } from 'node:crypto';
import {
  bestThreshold,
  evaluateVerification,
  fitCalibration,
  pairDistances,
  thresholdCurve,
  type ScoredPairs,
  type VerificationResult,
} from '@ft/eval';
import type { EmbeddingModel } from '@ft/models';
import type { Output } from './console-output.ts';
import type { EvaluationSet } from './data.ts';
import { embedFaces } from './face-model.ts';
import type { FeatureBank } from './feature-bank.ts';

/** The distance of each listed pair of embeddings [count x dimension]; smaller is nearer. */
export type EmbeddingDistances = (embeddings: Float32Array, a: Int32Array, b: Int32Array) => Float64Array;

/** A verification result with the pairs behind it, for histograms and for comparing two runs. */
export interface ModelEvaluation extends VerificationResult {
  /** Checksum of the images of the pairs: two evaluations of the same one can be compared. */
  readonly pairsId: string;
  /** 1 where both images of a pair are of one person. */
  readonly same: readonly number[];
  /** Number of the person on the first image of each pair. */
  readonly identityA: readonly number[];
  /** On the second. */
  readonly identityB: readonly number[];
  readonly distances: readonly number[];
  /** 1 where the pair was called rightly, by the threshold behind `accuracy`. */
  readonly right: readonly number[];
}

/**
 * Verifies the pairs of an evaluation set with a model: the embedding of each image plus that of its mirror image,
 * squared Euclidean distance, and for each fold the threshold that is best on the other folds, or that of
 * {@link evenThreshold} on the development pairs where the set has such.
 *
 * @param options `bank`: the features of the frozen part of the network, where they were computed already;
 *   `distances`: those of a metric that was learned on embeddings of this network
 */
export async function evaluateModel(
  model: EmbeddingModel,
  set: EvaluationSet,
  output: Output,
  label: string,
  {
    bank,
    distances: learned,
  }: { readonly bank?: FeatureBank | undefined; readonly distances?: EmbeddingDistances } = {},
): Promise<ModelEvaluation> {
  const distancesOf = async (pairs: Pick<EvaluationSet, 'images' | 'a' | 'b'>) => {
    const embeddings = await (bank?.embed(model, pairs.images) ??
      embedFaces(model, pairs.images, output, label));
    const { a, b } = pairs;
    if (learned !== undefined) return learned(embeddings, a, b);
    return pairDistances(embeddings, model.architecture.embeddingSize, a, b, 'squared-euclidean');
  };
  const { same, folds, protocol, development } = set;
  const distances = await distancesOf(set);
  const result = evaluateVerification({
    distances,
    same,
    protocol,
    ...(development === undefined
      ? { folds }
      : { threshold: evenThreshold({ distances: await distancesOf(development), same: development.same }) }),
  });
  const { images, a, b } = set;
  const ids = Array.from(a, (first, pair) => [images.ids[first], images.ids[b[pair]!]]);
  const thresholds = new Map(result.folds.map(({ fold, threshold }) => [fold, threshold]));
  const personOf = (image: number) => images.labels[image]!;
  return {
    ...result,
    pairsId: createHash('sha256').update(JSON.stringify(ids)).digest('hex'),
    same: Array.from(same),
    identityA: Array.from(a, personOf),
    identityB: Array.from(b, personOf),
    distances: Array.from(distances),
    right: Array.from(distances, (distance, pair) => {
      const threshold = thresholds.get(folds[pair]!) ?? result.threshold!;
      return distance < threshold === (same[pair] === 1) ? 1 : 0;
    }),
  };
}

/**
 * The distance at which a logistic curve through the pairs calls same and different equally probable. All pairs have a
 * say in it, so it wanders less than the threshold of highest accuracy where they are of few people. Where nearer
 * pairs are no more often same, there is no such distance, and the threshold of highest accuracy is taken.
 */
export function evenThreshold(pairs: ScoredPairs): number {
  const { slope, intercept } = fitCalibration(pairs, 'platt') as { slope: number; intercept: number };
  return slope < 0 ? -intercept / slope : bestThreshold(thresholdCurve(pairs)).threshold;
}

/** The headline of a result, for people. */
export function formatAccuracy({ accuracy, standardError, auc }: VerificationResult): string {
  return `${accuracy!.toFixed(4)} ± ${standardError!.toFixed(4)}, area under ROC ${auc.toFixed(4)}`;
}

/** A p-value for people; an exact p-value of thousands of pairs can be below what a number holds. */
export function pText(pValue: number): string {
  return pValue === 0 ? 'p < 1e-300' : `p = ${pValue.toPrecision(2)}`;
}
