import type { Mined } from '@ft/miner-api';
import { describeMined } from '@ft/miners';
import type { Random } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import { effectiveRank, meanCosineDistance, meanDistance } from '../monitors/embedding-spread.ts';
import { minesTuples } from '../objective.ts';
import { clipGradients, globalNorm } from '../optimizers/clip-gradients.ts';
import { frozenLayers, type Parameter } from '../optimizers/parameter-groups.ts';
import type { StepDetail, StepRecord } from '../step-record.ts';
import type { TrainOptions } from '../train-options.ts';
import { diverged } from './diverged-error.ts';
import { tupleMining } from './mine-tuples.ts';
import { NonFiniteStep } from './non-finite-step.ts';
import { snapshot } from './snapshot.ts';
import { gradientsInOnePass, gradientsInTwoPasses, type StepTask } from './step-gradients.ts';

/** The names of an objective's variables begin with this. */
export const OBJECTIVE = 'objective/';

export interface StepRandom {
  readonly inputs: Random;
  readonly miner: Random;
}

export interface MadeStep {
  readonly record: StepRecord;
  readonly detail: StepDetail;
}

/**
 * Makes steps of a run: a batch, its gradients, and the weights moved along them.
 *
 * @returns a function from the number of steps done
 */
export function stepMaker<M extends Mined>(
  options: TrainOptions<M>,
  parameters: readonly Parameter[],
  random: StepRandom,
): (step: number) => Promise<MadeStep> {
  const { model, inputs, sampler, objective, miner, memory, optimizer, chunk, clipNorm } = options;
  const { signal = new AbortController().signal } = options;
  const { embed = (of, images, how) => of.embed(images, how) } = options;
  const statistics = [...model.weights.values()].filter(({ trainable }) => !trainable);

  function taskOf(x: tf.Tensor, labels: Int32Array, step: number, epoch: number): StepTask<M> {
    const moving = parameters.filter(({ frozenUntil }) => step >= frozenUntil);
    const [ofObjective, ofModel] = [moving.filter(isObjectives), moving.filter((one) => !isObjectives(one))];
    const frozen = frozenLayers(parameters, step);
    const how = {
      training: true as const,
      ...(frozen.size === 0 ? {} : { frozen: (layer: string) => frozen.has(layer) }),
    };
    const { normalize: normalized } = model.architecture;
    const context = { random: random.miner, step, epoch, signal };
    return {
      inputs: x,
      labels,
      embed: (rows) => embed(model, rows, how),
      modelVariables: new Map(ofModel.map(({ name, variable }) => [name, variable])),
      objectiveVariables: new Map(ofObjective.map(({ name, variable }) => [name, variable])),
      objective,
      mining: minesTuples(objective)
        ? tupleMining({ objective, miner: miner!, labels, normalized, memory, context })
        : undefined,
    };
  }

  /** Gradients and their length, all finite. */
  async function gradientsOf(task: StepTask<M>) {
    const inTwo = chunk !== undefined || (task.mining !== undefined && tf.getBackend() === 'webgpu');
    const { gradients, ...result } = inTwo
      ? await gradientsInTwoPasses(task, chunk ?? task.labels.length, statistics)
      : await gradientsInOnePass(task);
    const norm = await lengthOf([...gradients.values()]);
    const wrong = !Number.isFinite(result.loss)
      ? `the loss is ${result.loss}`
      : `the gradient's length is ${norm}`;
    if (!Number.isFinite(result.loss + norm)) {
      tf.dispose([...gradients.values()]);
      throw new NonFiniteStep(wrong);
    }
    return { ...result, norm, gradients: clipGradients(gradients, norm, clipNorm ?? Infinity) };
  }

  return async (step) => {
    const started = performance.now();
    const indices = sampler.next();
    const labels = Int32Array.from(indices, (index) => inputs.labels[index]!);
    const x = inputs.batch(indices, random.inputs);
    const prepared = performance.now();
    const epoch = Math.floor(step / sampler.batchesPerEpoch);
    const rate = options.learningRate(step);
    const task = taskOf(x, labels, step, epoch);

    const before = snapshot(statistics);
    const minerBefore = random.miner.state();
    const { loss, norm, gradients, embeddings, mining } = await gradientsOf(task)
      .catch(async (error: unknown) => {
        before.restore();
        if (!(error instanceof NonFiniteStep)) throw error;
        random.miner.restore(minerBefore);
        const failure = await diverged(step + 1, error.message, () =>
          gradientsOf(taskOf(x, labels, step, epoch)),
        );
        before.restore();
        throw failure;
      })
      .finally(() => {
        before.dispose();
        x.dispose();
      });

    const statisticsOf = mining && describeMined(mining.batch, mining.mined);
    if (statisticsOf === undefined || statisticsOf.selected > 0) {
      const updates = parameters.flatMap(({ name, variable: value, rate: factor, weightDecay }) => {
        const gradient = gradients.get(name);
        if (gradient === undefined) return [];
        const decay = weightDecay === undefined ? {} : { weightDecay };
        return [{ name, value, gradient, learningRate: rate * factor, ...decay }];
      });
      optimizer.apply(updates);
    }
    tf.dispose([...gradients.values()]);
    memory?.add(embeddings, labels);

    const record: StepRecord = {
      step: step + 1,
      epoch,
      loss,
      learningRate: rate,
      gradientNorm: norm,
      mined: statisticsOf?.selected ?? 0,
      activeFraction: statisticsOf?.activeFraction ?? Number.NaN,
      positiveDistance: statisticsOf?.meanPositiveDistance ?? Number.NaN,
      negativeDistance: statisticsOf?.meanNegativeDistance ?? Number.NaN,
      spread: mining ? meanDistance(mining.batch) : meanCosineDistance(embeddings, labels.length),
      effectiveRank: effectiveRank(embeddings, labels.length),
      tensors: tf.memory().numTensors,
      time: {
        step: performance.now() - started,
        data: prepared - started,
        mining: task.mining?.time() ?? 0,
      },
    };
    return { record, detail: { images: indices, embeddings, ...(mining && { mining }) } };
  };
}

const isObjectives = ({ name }: Parameter) => name.startsWith(OBJECTIVE);

async function lengthOf(gradients: readonly tf.Tensor[]): Promise<number> {
  if (gradients.length === 0) return 0;
  const norm = globalNorm(gradients);
  const [value] = await norm.data<'float32'>();
  norm.dispose();
  return value!;
}
