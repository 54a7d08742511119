import { InvalidArgumentError, nearestNames } from '@ft/errors';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import { applyLayers } from './apply-layer.ts';
import type { Architecture } from './architecture.ts';
import { layerWeights, type LayerWeight } from './layer-weights.ts';
import { everyLayer, planArchitecture, type Plan } from './plan-architecture.ts';
import { unitLength } from './unit-length.ts';

export interface EmbedOptions {
  /** Normalise with the batch's own statistics and update the running ones? Default false. */
  readonly training?: boolean;
  /** Start after this block or layer: the input is its output, as `features` gives it. */
  readonly from?: string;
  /** Layers, by name, whose batch norm keeps to the running statistics while training. Default none. */
  readonly frozen?: (layerName: string) => boolean;
}

/** A network that turns face images into embeddings. It holds variables: dispose of it when done. */
export interface EmbeddingModel {
  readonly architecture: Architecture;
  /** Every weight by name, e.g. `conv1/kernel`; `trainable` is false for batch-norm statistics. */
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /**
   * Embeds a batch.
   *
   * @param input RGB pixels in 0..255, [batch, height, width, 3], float32 or int32; with `from`, what
   *   `features(images, { upTo: from })` gives
   * @param options how to run; see {@link EmbedOptions}
   * @returns embeddings [batch, embeddingSize], of length 1 each where the architecture says so
   * @throws InvalidArgumentError where the input is of another shape, or no block or layer is called `from`
   */
  embed(input: tf.Tensor, options?: EmbedOptions): tf.Tensor2D;
  /**
   * The output of a block or layer in the middle of the network, computed without training. Where the layers before
   * stay as they are, one pass over the images serves every later epoch.
   *
   * @param images as for `embed`
   * @param options `upTo`, the block or layer to stop after
   * @returns [batch, height, width, channels], or [batch, length] once the network has flattened
   * @throws InvalidArgumentError where the images are of another shape, or no block or layer is called `upTo`
   */
  features(images: tf.Tensor, options: { readonly upTo: string }): tf.Tensor;
  dispose(): void;
}

/**
 * Builds a network with fresh weights: convolutions He-normal, dense layers Glorot-normal.
 *
 * @param architecture the network as data
 * @param options `seed`, any safe integer; the same seed gives the same weights on every engine
 * @throws InvalidArgumentError where the layers do not fit together
 */
export function createModel(architecture: Architecture, { seed }: { seed: number }): EmbeddingModel {
  return build(architecture, (name, { initial }, values) => {
    if (typeof initial === 'number') return values.fill(initial);
    const random = createRandom(seed, `weights/${name}`);
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * initial.deviation;
    return values;
  });
}

/** A network whose weights are all 0, to be set from a file: drawing millions of numbers first would take seconds. */
export function createBlankModel(architecture: Architecture): EmbeddingModel {
  return build(architecture, (_name, _weight, values) => values);
}

function build(
  architecture: Architecture,
  start: (name: string, weight: LayerWeight, values: Float32Array) => Float32Array,
): EmbeddingModel {
  const weights = new Map<string, tf.Variable>();
  const plan = planArchitecture(architecture);
  for (const { layer, name, inputShape } of everyLayer(plan.layers)) {
    for (const weight of layerWeights(layer, inputShape.at(-1)!)) {
      const weightName = `${name}/${weight.suffix}`;
      const shape = [...weight.shape];
      const values = start(weightName, weight, new Float32Array(tf.util.sizeFromShape(shape)));
      weights.set(
        weightName,
        tf.tidy(() => tf.variable(tf.tensor(values, shape), weight.trainable)),
      );
    }
  }
  return modelFrom(architecture, plan, weights);
}

function modelFrom(
  architecture: Architecture,
  { steps, ends }: Plan,
  weights: ReadonlyMap<string, tf.Variable>,
): EmbeddingModel {
  const { input } = architecture;
  const pixelShape = [input.height, input.width, input.channels];
  const weight = (name: string) => weights.get(name)!;

  const cut = (where: string, argument: string, name: string): number => {
    const end = ends.get(name);
    if (end !== undefined) return end;
    const [near] = nearestNames(name, ends.keys());
    const blocks = architecture.layers.flatMap((layer) => (layer.type === 'block' ? [layer.name] : []));
    const some =
      blocks.length > 0
        ? `Its blocks are ${blocks.join(', ')}.`
        : `Its layers are ${[...ends.keys()].join(', ')}.`;
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `the name of a block or layer of ${architecture.name} that is not inside a residual or concatenation`,
      got: name,
      remedy: near === undefined ? some : `Did you mean ${JSON.stringify(near)}?`,
    });
  };
  // A whole row of the image at once: engines are slow with rows of three numbers.
  const rowMeans = Array.from({ length: input.width }, () => input.mean).flat();
  const fromPixels = (images: tf.Tensor) => {
    const rows = tf.reshape(tf.cast(images, 'float32'), [-1, rowMeans.length]);
    return tf.reshape(tf.mul(tf.sub(rows, rowMeans), input.scale), images.shape);
  };

  return {
    architecture,
    weights,
    embed(batch, { training = false, from, frozen = () => false } = {}) {
      const where = `${architecture.name}.embed`;
      const start = from === undefined ? 0 : cut(where, 'from', from);
      if (start === 0) checkShape(where, 'images', batch, pixelShape);
      else checkShape(where, `features of "${from}"`, batch, steps[start - 1]!.outputShape);
      return tf.tidy(() => {
        const x = start === 0 ? fromPixels(batch) : batch;
        const forward = { weight, training: (layer: string) => training && !frozen(layer) };
        const y = applyLayers(steps.slice(start), x, forward);
        return (architecture.normalize ? unitLength(y) : tf.clone(y)) as tf.Tensor2D;
      });
    },
    features(images, { upTo }) {
      const where = `${architecture.name}.features`;
      const end = cut(where, 'upTo', upTo);
      checkShape(where, 'images', images, pixelShape);
      return tf.tidy(() =>
        applyLayers(steps.slice(0, end), fromPixels(images), { weight, training: () => false }),
      );
    },
    dispose() {
      for (const variable of weights.values()) variable.dispose();
    },
  };
}

function checkShape(where: string, argument: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (tensor.shape.slice(1).join() === shape.join() && tensor.rank === shape.length + 1) return;
  const expected = `of shape [batch, ${shape.join(', ')}]`;
  throw new InvalidArgumentError({ where, argument, expected, got: tensor });
}
