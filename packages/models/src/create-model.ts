import { InvalidArgumentError } from '@ft/errors';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, Layer } from './architecture.ts';
import { batchNormTraining } from './batch-norm.ts';

/** A network that turns face images into embeddings. It holds variables: dispose of it when done. */
export interface EmbeddingModel {
  readonly architecture: Architecture;
  /** Every weight by name, e.g. `conv1/kernel`; `trainable` is false for batch-norm statistics. */
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /**
   * Embeds a batch.
   *
   * @param images RGB pixels in 0..255, [batch, height, width, 3], float32 or int32
   * @param options `training: true` normalises with the batch's own statistics and updates the running ones
   * @returns embeddings [batch, embeddingSize], of length 1 each where the architecture says so
   * @throws InvalidArgumentError where the image size is not the architecture's
   */
  embed(images: tf.Tensor4D, options?: { training?: boolean }): tf.Tensor2D;
  dispose(): void;
}

/**
 * Builds a network with fresh weights: He-normal for layers that a ReLU follows, else Glorot-normal.
 *
 * @param architecture the network as data
 * @param options `seed`, any safe integer; the same seed gives the same weights on every engine
 * @throws InvalidArgumentError where the layers do not fit together
 */
export function createModel(architecture: Architecture, { seed }: { seed: number }): EmbeddingModel {
  const weights = new Map<string, tf.Variable>();
  const layers = plan(architecture);
  for (const { layer, name, inputs } of layers) {
    for (const { suffix, shape, trainable, initial } of weightSpecs(layer, inputs)) {
      const weightName = `${name}/${suffix}`;
      const values = new Float32Array(tf.util.sizeFromShape(shape));
      if (typeof initial === 'number') {
        values.fill(initial);
      } else {
        const random = createRandom(seed, `weights/${weightName}`);
        for (let i = 0; i < values.length; i++) values[i] = random.normal() * initial.deviation;
      }
      weights.set(
        weightName,
        tf.tidy(() => tf.variable(tf.tensor(values, shape), trainable)),
      );
    }
  }
  return modelFrom(architecture, layers, weights);
}

interface PlannedLayer {
  readonly layer: Layer;
  readonly name: string;
  /** Channels that come in. */
  readonly inputs: number;
}

const NEEDS_IMAGES = new Set(['conv', 'global-average-pool', 'flatten']);

function plan(architecture: Architecture): PlannedLayer[] {
  const counts = new Map<string, number>();
  let { height, width, channels }: { height: number; width: number; channels: number } = architecture.input;
  let isImage = true;
  const planned = architecture.layers.map((layer, index) => {
    const kind = layer.type === 'batch-norm' ? 'norm' : layer.type;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (isImage ? layer.type === 'dense' : NEEDS_IMAGES.has(layer.type)) {
      throw new InvalidArgumentError({
        where: 'createModel',
        argument: `architecture.layers[${index}]`,
        expected: `${isImage ? 'after' : 'before'} a global average or a flattening`,
        got: layer.type,
      });
    }
    const inputs = channels;
    switch (layer.type) {
      case 'conv':
        channels = layer.filters;
        height = Math.ceil(height / layer.stride);
        width = Math.ceil(width / layer.stride);
        break;
      case 'dense':
        channels = layer.units;
        break;
      case 'global-average-pool':
        isImage = false;
        break;
      case 'flatten':
        isImage = false;
        channels *= height * width;
        break;
    }
    return { layer, name: `${kind}${count}`, inputs };
  });
  if (isImage || channels !== architecture.embeddingSize) {
    throw new InvalidArgumentError({
      where: 'createModel',
      argument: 'architecture.layers',
      expected: `an output of shape [batch, ${architecture.embeddingSize}] (the embeddingSize)`,
      got: isImage ? `images of ${channels} channels` : `[batch, ${channels}]`,
    });
  }
  return planned;
}

interface WeightSpec {
  readonly suffix: string;
  readonly shape: number[];
  readonly trainable: boolean;
  readonly initial: number | { readonly deviation: number };
}

function vector(suffix: string, size: number, initial: number, trainable = true): WeightSpec {
  return { suffix, shape: [size], trainable, initial };
}

function weightSpecs(layer: Layer, inputs: number): WeightSpec[] {
  switch (layer.type) {
    case 'conv': {
      const { kernel, filters } = layer;
      const deviation = Math.sqrt(2 / (kernel * kernel * inputs));
      const specs: WeightSpec[] = [
        {
          suffix: 'kernel',
          shape: [kernel, kernel, inputs, filters],
          trainable: true,
          initial: { deviation },
        },
      ];
      return layer.bias ? [...specs, vector('bias', filters, 0)] : specs;
    }
    case 'dense': {
      const deviation = Math.sqrt(2 / (inputs + layer.units));
      const specs: WeightSpec[] = [
        { suffix: 'kernel', shape: [inputs, layer.units], trainable: true, initial: { deviation } },
      ];
      return layer.bias ? [...specs, vector('bias', layer.units, 0)] : specs;
    }
    case 'batch-norm':
      return [
        vector('scale', inputs, 1),
        vector('offset', inputs, 0),
        vector('mean', inputs, 0, false),
        vector('variance', inputs, 1, false),
      ];
    case 'relu':
    case 'global-average-pool':
    case 'flatten':
      return [];
  }
}

function modelFrom(
  architecture: Architecture,
  layers: readonly PlannedLayer[],
  weights: ReadonlyMap<string, tf.Variable>,
): EmbeddingModel {
  const { input } = architecture;

  const apply = ({ layer, name }: PlannedLayer, x: tf.Tensor, training: boolean): tf.Tensor => {
    const weight = (suffix: string) => weights.get(`${name}/${suffix}`)!;
    switch (layer.type) {
      case 'conv': {
        const y = tf.conv2d(x as tf.Tensor4D, weight('kernel') as tf.Tensor4D, layer.stride, 'same');
        return layer.bias ? tf.add(y, weight('bias')) : y;
      }
      case 'dense': {
        const y = tf.matMul(x as tf.Tensor2D, weight('kernel') as tf.Tensor2D);
        return layer.bias ? tf.add(y, weight('bias')) : y;
      }
      case 'relu':
        return tf.relu(x);
      case 'global-average-pool':
        return tf.mean(x, [1, 2]);
      case 'flatten':
        return tf.reshape(x, [x.shape[0]!, -1]);
      case 'batch-norm': {
        const scale = weight('scale') as unknown as tf.Tensor1D;
        const offset = weight('offset') as unknown as tf.Tensor1D;
        if (!training) {
          const mean = weight('mean') as unknown as tf.Tensor1D;
          const variance = weight('variance') as unknown as tf.Tensor1D;
          return tf.batchNorm(x, mean, variance, offset, scale, layer.epsilon);
        }
        const { y, mean, variance } = batchNormTraining(x, scale, offset, layer.epsilon);
        follow(weight('mean'), mean, layer.momentum);
        follow(weight('variance'), variance, layer.momentum);
        return y;
      }
    }
  };

  return {
    architecture,
    weights,
    embed(images, { training = false } = {}) {
      const [, height, width, channels] = images.shape;
      if (height !== input.height || width !== input.width || channels !== input.channels) {
        throw new InvalidArgumentError({
          where: `${architecture.name}.embed`,
          argument: 'images',
          expected: `of shape [batch, ${input.height}, ${input.width}, ${input.channels}]`,
          got: images,
        });
      }
      return tf.tidy(() => {
        let x: tf.Tensor = tf.mul(
          tf.sub(tf.cast(images, 'float32'), tf.tensor1d([...input.mean])),
          input.scale,
        );
        for (const layer of layers) x = apply(layer, x, training);
        return (architecture.normalize ? unitLength(x) : x) as tf.Tensor2D;
      });
    },
    dispose() {
      for (const weight of weights.values()) weight.dispose();
    },
  };
}

/** Moves a running statistic towards the batch's. No gradient flows through it. */
function follow(running: tf.Variable, batch: tf.Tensor, momentum: number): void {
  tf.tidy(() => running.assign(tf.add(running, tf.mul(tf.sub(batch, running), 1 - momentum))));
}

/** Rows divided by their Euclidean length; a row of zeros stays zero, with gradient zero. */
function unitLength(x: tf.Tensor): tf.Tensor {
  const squared = tf.sum(tf.square(x), 1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squared, 1e-12)));
}
