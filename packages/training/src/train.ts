import { InvalidArgumentError } from '@ft/errors';
import type { Mined } from '@ft/miner-api';
import { createRandom } from '@ft/random';
import { addCheckpoint } from './checkpoint/checkpoint-directory.ts';
import type { Resumable } from './checkpoint/resumable.ts';
import { exportRun, importRun, type RunState } from './checkpoint/run-state.ts';
import { minesTuples } from './objective.ts';
import { resolveParameters } from './optimizers/parameter-groups.ts';
import { OBJECTIVE, stepMaker } from './step/step-maker.ts';
import type { TrainingResult, TrainOptions } from './train-options.ts';
import { createValidation } from './validation/validation.ts';
import { averageWeights } from './weight-average.ts';

/**
 * Trains an embedding network: sample, embed, measure all distances once, mine on them, and minimise the loss of what
 * was mined; or minimise a loss of the labelled embeddings. A step in which nothing is mined changes no weight.
 *
 * Each step is a function of the checkpoint before it: a run that was killed and resumed ends like one that was not.
 * Unless it was aborted, the model holds the best weights at the end where there is a validation, otherwise their
 * average where there is one, otherwise the last.
 *
 * @returns steps done, and why no more
 * @throws InvalidArgumentError where options do not fit together
 * @throws DivergedError where a loss, distance or gradient is not finite, with the step and the operation
 * @throws CheckpointError where a checkpoint cannot be written
 */
export async function train<M extends Mined>(options: TrainOptions<M>): Promise<TrainingResult> {
  const { model, objective, optimizer, steps, checkpoint, resume, signal } = options;
  checkOptions(options);
  const random = {
    inputs: createRandom(options.seed, 'augment'),
    miner: createRandom(options.seed, 'miner'),
  };
  const objectiveVariables = new Map(
    [...(objective.variables ?? [])].map(([name, variable]) => [`${OBJECTIVE}${name}`, variable]),
  );
  const parameters = resolveParameters(
    new Map([...model.weights, ...objectiveVariables]),
    options.parameters,
  );
  const average = options.average && averageWeights(model.weights, options.average);
  try {
    const validation = options.validation && createValidation(model, options.validation);
    const parts = partsOf(options, {
      sampler: options.sampler,
      ...random,
      ...(validation && { validation }),
    });
    const run: RunState = { model, objectiveVariables, optimizer, average, parts };
    const makeStep = stepMaker(options, parameters, random);
    let step = 0;
    let saved: number | undefined;
    if (resume !== undefined) {
      importRun(run, resume);
      saved = step = resume.step;
    }
    const save = async () => {
      if (checkpoint === undefined || saved === step) return;
      await addCheckpoint(checkpoint.directory, await exportRun(run, step), checkpoint.keep ?? 2);
      saved = step;
    };
    const validate = async () => {
      if (validation === undefined) return;
      average?.swap();
      const record = await validation.run(step).finally(() => average?.swap());
      for (const part of Object.values(parts)) part.observe?.(record.score);
      await options.onValidation?.(record);
    };

    if (resume === undefined) await validate();
    const ended = () => (signal?.aborted ? 'aborted' : validation?.isOver() ? 'converged' : undefined);
    while (step < steps && ended() === undefined) {
      const { record, detail } = await makeStep(step);
      average?.update();
      step += 1;
      await options.onStep?.(record, detail);
      if (validation?.isDue(step) || step === steps) await validate();
      if (checkpoint !== undefined && step % checkpoint.every === 0) await save();
      // Lets signals and other work in between steps.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await save();
    const reason = step >= steps ? 'finished' : ended()!;
    if (reason === 'aborted') return { steps: step, reason };
    if (validation !== undefined) return { steps: step, reason, best: await validation.restoreBest() };
    average?.swap();
    return { steps: step, reason };
  } finally {
    average?.dispose();
  }
}

/** Everything of a run that has a state, by the name under which it is saved. */
function partsOf<M extends Mined>(
  { memory, learningRate, resumable = {} }: TrainOptions<M>,
  always: Readonly<Record<string, Resumable>>,
): Record<string, Resumable> {
  const parts: Record<string, Resumable> = { ...always };
  if (memory !== undefined) parts['memory'] = memory as Resumable;
  if (learningRate.state !== undefined) parts['learningRate'] = learningRate as unknown as Resumable;
  for (const [name, part] of Object.entries(resumable)) parts[`resumable/${name}`] = part;
  return parts;
}

function checkOptions<M extends Mined>(options: TrainOptions<M>): void {
  const { steps, checkpoint, chunk, clipNorm, miner, objective, memory } = options;
  const counts = {
    steps,
    chunk,
    'checkpoint.every': checkpoint?.every,
    'checkpoint.keep': checkpoint?.keep,
  };
  for (const [argument, got] of Object.entries(counts)) {
    if (got !== undefined && !(Number.isInteger(got) && got >= 1))
      refuse(argument, 'a positive integer', got);
  }
  if (clipNorm !== undefined && !(clipNorm > 0)) refuse('clipNorm', 'a number above 0', clipNorm);
  if (minesTuples(objective) && miner === undefined)
    refuse('miner', 'given, for an objective on distances', miner);
  if (!minesTuples(objective) && (miner ?? memory) !== undefined) {
    refuse('objective', 'one on distances, where there is a miner or a memory', objective);
  }
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'train', argument, expected, got });
}
