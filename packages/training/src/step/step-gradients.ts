import type { Mined } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { minesTuples, type Objective } from '../objective.ts';
import type { Mining, TupleMining } from './mine-tuples.ts';
import { snapshot } from './snapshot.ts';

/** One batch, and everything that its gradients depend on. */
export interface StepTask<M extends Mined = Mined> {
  /** [batch, ...] */
  readonly inputs: tf.Tensor;
  /** [batch] */
  readonly labels: Int32Array;
  /** [rows, ...] -> [rows, dimension], in training mode */
  readonly embed: (inputs: tf.Tensor) => tf.Tensor2D;
  /** What moves in this step, by name: of the model and of the objective. */
  readonly modelVariables: ReadonlyMap<string, tf.Variable>;
  readonly objectiveVariables: ReadonlyMap<string, tf.Variable>;
  readonly objective: Objective<M>;
  /** Where the objective needs it. */
  readonly mining: TupleMining<M> | undefined;
}

/** What a step computes before it moves a weight. The gradients belong to the caller. */
export interface StepGradients<M extends Mined = Mined> {
  readonly loss: number;
  /** By the variable's name; one that the loss does not depend on has none. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** Row-major [batch, dimension]. */
  readonly embeddings: Float32Array;
  readonly mining: Mining<M> | undefined;
}

/**
 * The gradients of a batch in one pass: what is mined is read in the middle of it, so the engine must read
 * synchronously where there is a miner.
 */
export async function gradientsInOnePass<M extends Mined>(task: StepTask<M>): Promise<StepGradients<M>> {
  const { inputs, mining, modelVariables, objectiveVariables } = task;
  const variables = new Map([...modelVariables, ...objectiveVariables]);
  let mined: Mining<M> | undefined;
  let values: Float32Array | undefined;
  let kept: tf.Tensor2D | undefined;
  const { value, gradients } = gradientsOf(variables, () => {
    const embeddings = task.embed(inputs);
    if (mining === undefined) {
      kept = tf.keep(tf.clone(embeddings));
      return lossOf(task, embeddings, undefined, undefined);
    }
    const distances = mining.distances(embeddings);
    const read = distances.dataSync<'float32'>();
    values = embeddings.dataSync<'float32'>();
    mined = mining.mine(values, read);
    return lossOf(task, embeddings, distances, mined.mined);
  });
  const embeddings = values ?? (await readAndDispose(kept!));
  return { loss: (await readAndDispose(value))[0]!, gradients, embeddings, mining: mined };
}

/**
 * The same gradients in two passes: the batch is embedded without a gradient, the loss gives the gradient of the
 * embeddings, and with it the batch is embedded again, chunk by chunk. Only one chunk's activations are held at a
 * time, and nothing is read in the middle of a pass.
 *
 * Batch norm sees chunks, not the batch. The running statistics follow the second pass only.
 *
 * @param chunk rows in a chunk, at least 1; as many as the batch has for one chunk
 * @param statistics the variables that the embedding changes in training mode
 * @see Gao et al., "Scaling deep contrastive learning batch size under memory limited setup" (2021), arXiv:2101.06983
 */
export async function gradientsInTwoPasses<M extends Mined>(
  task: StepTask<M>,
  chunk: number,
  statistics: readonly tf.Variable[],
): Promise<StepGradients<M>> {
  const { inputs, labels, mining, modelVariables, objectiveVariables } = task;
  const chunks: [start: number, size: number][] = [];
  for (let start = 0; start < labels.length; start += chunk) {
    chunks.push([start, Math.min(chunk, labels.length - start)]);
  }
  const before = snapshot(statistics);
  const embeddings = tf.tidy(() => {
    const parts = chunks.map(([start, size]) => tf.tidy(() => task.embed(rows(inputs, start, size))));
    return parts.length === 1 ? parts[0]! : tf.concat(parts);
  });
  before.restore();
  before.dispose();

  const values = (await embeddings.data<'float32'>()).slice();
  let mined: Mining<M> | undefined;
  if (mining !== undefined) {
    const distances = tf.tidy(() => mining.distances(embeddings));
    mined = mining.mine(values, await readAndDispose(distances));
  }
  const leaves = new Map<string, tf.Tensor>([[EMBEDDINGS, embeddings], ...objectiveVariables]);
  const outer = gradientsOf(leaves, () =>
    lossOf(task, embeddings, mining?.distances(embeddings), mined?.mined),
  );
  // Where nothing was mined the loss does not depend on the embeddings; the statistics follow the batch all the same.
  const { [EMBEDDINGS]: slope = tf.zerosLike(embeddings), ...ofObjective } = Object.fromEntries(
    outer.gradients,
  );
  const gradients = new Map<string, tf.Tensor>();
  for (const [start, size] of chunks) {
    const part = tf.tidy(() => [rows(inputs, start, size), rows(slope, start, size)]);
    const inner = gradientsOf(modelVariables, () => task.embed(part[0]!), part[1]!);
    for (const [name, gradient] of inner.gradients) {
      const sum = gradients.get(name);
      gradients.set(name, sum === undefined ? gradient : tf.add(sum, gradient));
      if (sum !== undefined) tf.dispose([sum, gradient]);
    }
    tf.dispose([inner.value, ...part]);
  }
  tf.dispose([embeddings, slope]);
  for (const [name, gradient] of Object.entries(ofObjective)) gradients.set(name, gradient);
  return { loss: (await readAndDispose(outer.value))[0]!, gradients, embeddings: values, mining: mined };
}

/** Stands for the embeddings among the variables of the objective. */
const EMBEDDINGS = '#embeddings';

function lossOf<M extends Mined>(
  { objective, labels }: StepTask<M>,
  embeddings: tf.Tensor2D,
  distances: tf.Tensor2D | undefined,
  mined: M | undefined,
): tf.Scalar {
  return minesTuples(objective)
    ? objective.loss(distances!, mined!, { embeddings, labels })
    : objective.loss(embeddings, labels);
}

/** The value of `f` and its gradients; `slope` is the gradient of what it returns where that is no scalar. */
function gradientsOf<T extends tf.Tensor>(
  variables: ReadonlyMap<string, tf.Tensor>,
  f: () => T,
  slope?: T,
): { value: T; gradients: Map<string, tf.Tensor> } {
  if (variables.size === 0) return { value: tf.tidy(f), gradients: new Map() };
  const { value, grads } = tf.engine().gradients(f, [...variables.values()], slope, true);
  const found = [...variables.keys()].map((name, i) => [name, grads[i]] as const);
  return {
    value,
    gradients: new Map(found.filter((entry): entry is [string, tf.Tensor] => entry[1] != null)),
  };
}

function rows<T extends tf.Tensor>(x: T, start: number, size: number): T {
  if (start === 0 && size === x.shape[0]) return tf.clone(x);
  return tf.slice(x, [start], [size]);
}

async function readAndDispose(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<'float32'>()).slice();
  tensor.dispose();
  return values;
}
