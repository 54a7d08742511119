import { pairwiseDistances } from '@ft/core-losses';
import { InvalidArgumentError } from '@ft/errors';
import { semiHard } from '@ft/miners';
import {
  createModel,
  dlibFaceNet,
  embedImages,
  mobileFaceNet,
  type Architecture,
  type EmbeddingModel,
} from '@ft/models';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Operation, Operations } from '../operation.ts';
import { fourEach } from '../random-batch.ts';
import { referenceNetwork } from './reference-network.ts';

const networks: Record<string, () => Architecture> = {
  reference: () => referenceNetwork(),
  'mobile-face-net': mobileFaceNet,
  dlib: dlibFaceNet,
};

export const networkOperations: Operations = {
  step({ network, batch }) {
    const { step, dispose } = trainingSteps(modelOf(network as string), batch as number);
    return { run: async () => void (await step()), dispose };
  },
  forward({ network, batch }) {
    const model = modelOf(network as string);
    const images = randomImages(model, batch as number);
    return {
      async run() {
        const embeddings = model.embed(images);
        await embeddings.data();
        embeddings.dispose();
      },
      dispose() {
        images.dispose();
        model.dispose();
      },
    };
  },
  /** From bytes in memory to embeddings in memory. */
  embed({ network, images: count, batch }) {
    const model = modelOf(network as string);
    const { height, width } = model.architecture.input;
    const pixels = randomBytes((count as number) * height * width * 3);
    return {
      async run() {
        await embedImages(
          model,
          { pixels, count: count as number, height, width },
          { batchSize: batch as number },
        );
      },
      dispose: () => model.dispose(),
    };
  },
  /** What mining adds to a step: distances, reading them back, and the semi-hard miner. */
  'mining share'({ batch }) {
    return miningOf(batch as number);
  },
};

/**
 * Training steps on one random batch: forward, loss (mean square of the cosines), gradient, and an Adam update. Each
 * gives the loss before its update. The model is disposed of with them.
 */
export function trainingSteps(
  model: EmbeddingModel,
  batch: number,
): { step(): Promise<number>; dispose(): void } {
  const images = randomImages(model, batch);
  const variables = [...model.weights.values()].filter(({ trainable }) => trainable);
  const optimizer = tf.train.adam(1e-3);
  return {
    async step() {
      const { value, grads } = tf.variableGrads(() => {
        const x = model.embed(images, { training: true });
        const unit = tf.div(x, tf.norm(x, 2, 1, true));
        return tf.mean(tf.square(tf.matMul(unit, unit, false, true))) as tf.Scalar;
      }, variables);
      optimizer.applyGradients(grads as Record<string, tf.Variable>);
      const [loss] = await value.data<'float32'>();
      tf.dispose([value, grads]);
      return loss!;
    },
    dispose() {
      images.dispose();
      optimizer.dispose();
      model.dispose();
    },
  };
}

function miningOf(batch: number): Operation {
  const embeddings = tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R2>([batch, 128], 0, 1, 'float32', 1);
    return tf.div<tf.Tensor2D>(x, tf.norm(x, 2, 1, true));
  });
  const labels = fourEach(batch);
  const miner = semiHard({ margin: 0.2, choice: 'all' });
  const signal = new AbortController().signal;
  return {
    async run() {
      const distances = pairwiseDistances(embeddings, undefined, {
        measure: 'squared-euclidean',
        checkFinite: false,
      });
      const data = (await distances.data()) as Float32Array;
      distances.dispose();
      miner.mine(
        {
          distances: {
            data,
            anchors: batch,
            candidates: batch,
            measure: 'squared-euclidean',
            normalized: true,
          },
          anchorLabels: labels,
          candidateLabels: labels,
          selfIndex: labels.map((_, i) => i),
        },
        { random: createRandom(1), step: 0, epoch: 0, signal },
      );
    },
    dispose: () => embeddings.dispose(),
  };
}

function modelOf(name: string): EmbeddingModel {
  const architecture = networks[name];
  if (architecture === undefined) {
    throw new InvalidArgumentError({
      where: 'ft-bench speed',
      argument: 'network',
      expected: `one of ${Object.keys(networks).join(', ')}`,
      got: name,
    });
  }
  return createModel(architecture(), { seed: 1 });
}

function randomImages(model: EmbeddingModel, batch: number): tf.Tensor4D {
  const { height, width } = model.architecture.input;
  return tf.tidy(() => tf.randomUniform<tf.Rank.R4>([batch, height, width, 3], 0, 255, 'float32', 1));
}

function randomBytes(size: number): Uint8Array {
  const random = createRandom(1);
  const block = new Uint8Array(4096).map(() => random.int(256));
  return new Uint8Array(size).map((_, i) => block[i % block.length]!);
}
