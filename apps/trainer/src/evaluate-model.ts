import { evaluateVerification, pairDistances, type VerificationResult } from '@ft/eval';
import { embedImages, type EmbeddingModel } from '@ft/models';
import type { Output } from './console-output.ts';
import type { EvaluationSet } from './data.ts';

/** A verification result with the distances behind it, for histograms. */
export interface ModelEvaluation extends VerificationResult {
  readonly distances: readonly number[];
}

/**
 * Verifies the pairs of an evaluation set with a model: the embedding of each image plus that of its mirror image,
 * squared Euclidean distance, and for each fold the threshold that is best on the other folds.
 */
export async function evaluateModel(
  model: EmbeddingModel,
  set: EvaluationSet,
  output: Output,
  label: string,
): Promise<ModelEvaluation> {
  const progress = output.progress(label);
  const embeddings = await embedImages(model, set.images, {
    flip: true,
    onProgress: (done, total) => progress.update(done, total),
  });
  progress.end();
  const { embeddingSize } = model.architecture;
  const distances = pairDistances(embeddings, embeddingSize, set.a, set.b, 'squared-euclidean');
  const result = evaluateVerification({
    distances,
    same: set.same,
    folds: set.folds,
    protocol: set.protocol,
  });
  return { ...result, distances: Array.from(distances) };
}
