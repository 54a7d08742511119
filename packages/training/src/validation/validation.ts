import { InvalidArgumentError } from '@ft/errors';
import { importWeights, type EmbeddingModel } from '@ft/models';
import { loadCheckpoint, saveCheckpoint } from '../checkpoint/checkpoint.ts';
import { exportVariables } from '../checkpoint/export-variables.ts';
import type { Resumable } from '../checkpoint/resumable.ts';

/** How a run is judged while it trains, and which of its weights are kept. */
export interface ValidationOptions {
  /** Steps between two validations. The start and the end are validated too. */
  readonly every: number;
  /**
   * Judges the weights that the model holds: their average, where there is one.
   *
   * @param step steps done
   * @returns a score, the larger the better, for instance the verification accuracy on people held out
   */
  readonly validate: (
    model: EmbeddingModel,
    step: number,
  ) => { readonly score: number } | Promise<{ readonly score: number }>;
  /** The best weights are kept in this file, in the format of checkpoints. */
  readonly bestFile: string;
  /** Stop after so many validations in a row without a better score. Default: never. */
  readonly patience?: number;
}

/** A score and the steps done when it was reached. */
export interface Best {
  readonly step: number;
  readonly score: number;
}

/** One validation, as it is logged. */
export interface ValidationRecord extends Best {
  /** The best so far, this one included. */
  readonly best: Best;
  /** Is this one the best? Only a score above the best one is. */
  readonly improved: boolean;
}

interface ValidationState {
  readonly best: Best | null;
  /** Validations since the best one. */
  readonly waited: number;
}

/** Validates, keeps the best weights, and says when to stop. */
export interface Validation extends Resumable {
  run(step: number): Promise<ValidationRecord>;
  isDue(step: number): boolean;
  /** Has the patience run out? */
  isOver(): boolean;
  /** Gives the model the best weights there were. */
  restoreBest(): Promise<Best>;
}

export function createValidation(
  model: EmbeddingModel,
  { every, validate, bestFile, patience = Infinity }: ValidationOptions,
): Validation {
  for (const [argument, got] of Object.entries({ every, patience })) {
    if ((Number.isInteger(got) && got >= 1) || (argument === 'patience' && got === Infinity)) continue;
    throw new InvalidArgumentError({
      where: 'train',
      argument: `validation.${argument}`,
      expected: 'a positive integer',
      got,
    });
  }
  let current: ValidationState = { best: null, waited: 0 };
  return {
    isDue: (step) => step % every === 0,
    isOver: () => current.waited >= patience,
    async run(step) {
      const { score } = await validate(model, step);
      if (!Number.isFinite(score)) {
        throw new InvalidArgumentError({
          where: 'train',
          argument: `the score of validation.validate at step ${step}`,
          expected: 'a finite number',
          got: score,
        });
      }
      const improved = current.best === null || score > current.best.score;
      if (improved) {
        const tensors = await exportVariables(model.weights);
        await saveCheckpoint(bestFile, { step, tensors, state: { score } });
        current = { best: { step, score }, waited: 0 };
      } else {
        current = { best: current.best, waited: current.waited + 1 };
      }
      return { step, score, best: current.best!, improved };
    },
    async restoreBest() {
      const { step, tensors, state } = await loadCheckpoint(bestFile);
      importWeights(model, tensors, bestFile);
      return { step, score: state['score'] as number };
    },
    state: () => current,
    restore(state) {
      current = state as ValidationState;
    },
  };
}
