import { InvalidArgumentError } from '@ft/errors';
import { defineMiner, type Miner } from '@ft/miner-api';

/** What a {@link plateauSchedule} has seen so far, as plain JSON for a checkpoint. */
export interface PlateauState {
  /** The stage in force, counted from 0. */
  readonly stage: number;
  /** The best value seen in this stage; null before the first. */
  readonly best: number | null;
  /** Values seen since the best one. */
  readonly waited: number;
}

export interface PlateauOptions {
  /** The strategies in order, all of one output. */
  readonly stages: readonly Miner[];
  /** Values without improvement after which the next stage begins, at least 1. Default 3. */
  readonly patience?: number;
  /** By how much a value must exceed the best to count as better, at least 0. Default 0. */
  readonly minImprovement?: number;
}

/** A miner whose strategy advances when a measured value stops growing. */
export interface PlateauSchedule {
  /** Mines with the stage in force. */
  readonly miner: Miner;
  /** Reports a value to be made large, such as a validation accuracy. */
  observe(value: number): void;
  state(): PlateauState;
  restore(state: PlateauState): void;
}

/**
 * Goes from one strategy to the next whenever validation has reached a plateau.
 *
 * @throws InvalidArgumentError on a wrong option, or where the stages do not all give triplets or all pairs;
 *   `observe` where the value is NaN; `restore` where the state names no stage
 */
export function plateauSchedule({
  stages,
  patience = 3,
  minImprovement = 0,
}: PlateauOptions): PlateauSchedule {
  const where = 'plateauSchedule';
  const refuse = (argument: string, expected: string, got: unknown) => {
    throw new InvalidArgumentError({ where, argument, expected, got });
  };
  if (stages.length === 0) refuse('stages', 'a list of at least one miner', stages);
  if (!Number.isInteger(patience) || patience < 1) refuse('patience', 'an integer of at least 1', patience);
  if (!(minImprovement >= 0)) refuse('minImprovement', 'a number of at least 0', minImprovement);
  const { output } = stages[0]!;
  const odd = stages.find((miner) => miner.output !== output);
  if (odd !== undefined) refuse('every stage', `one that gives ${output}, as the first does`, odd.name);

  let current: PlateauState = { stage: 0, best: null, waited: 0 };
  return {
    miner: defineMiner({
      name: 'plateau-schedule',
      output,
      options: {
        patience,
        minImprovement,
        stages: stages.map(({ name, options }) => ({ miner: name, options })),
      },
      mine: (batch, context) => stages[current.stage]!.mine(batch, context),
    }),
    observe(value) {
      if (Number.isNaN(value)) refuse('value', 'a number', value);
      const { stage, best, waited } = current;
      if (best === null || value > best + minImprovement) current = { stage, best: value, waited: 0 };
      else if (waited + 1 < patience) current = { stage, best, waited: waited + 1 };
      else current = { stage: Math.min(stage + 1, stages.length - 1), best: null, waited: 0 };
    },
    state: () => current,
    restore(state) {
      if (!Number.isInteger(state.stage) || stages[state.stage] === undefined) {
        refuse('state.stage', `an integer from 0 to ${stages.length - 1}`, state.stage);
      }
      current = { stage: state.stage, best: state.best, waited: state.waited };
    },
  };
}
