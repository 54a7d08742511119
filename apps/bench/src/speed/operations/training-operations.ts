import { tripletLoss } from '@ft/core-losses';
import { pkSampler, syntheticIdentities } from '@ft/datasets';
import type { MinedTriplets } from '@ft/miner-api';
import { semiHard } from '@ft/miners';
import { createModel, smallCnn } from '@ft/models';
import { createRandom } from '@ft/random';
import { adamW, augmentedImages, constantRate, train, type StepRecord } from '@ft/training';
import type { Operation, Operations, Parameters } from '../operation.ts';

const STEPS = 3;

/** The loop as `ft train` runs it: batches of four images a person, from packed pixels to the moved weights. */
export const trainingOperations: Operations = {
  training: (parameters) => training(parameters),
  /** The share of training steps that is spent on waiting for images. */
  'data wait': (parameters) =>
    training(parameters, (records) => {
      const sum = (of: (time: StepRecord['time']) => number) =>
        records.reduce((total, { time }) => total + of(time), 0);
      return sum(({ data }) => data) / sum(({ step }) => step);
    }),
};

function training(
  { batch, size }: Parameters,
  measure: (records: readonly StepRecord[]) => number | void = () => {},
): Operation {
  const people = (batch as number) / 4;
  const side = size as number;
  const images = syntheticIdentities({ identities: 4 * people, imagesPerIdentity: 4, size: side, seed: 1 });
  const model = createModel(smallCnn({ size: side }), { seed: 1 });
  const optimizer = adamW();
  return {
    async run() {
      const records: StepRecord[] = [];
      await train<MinedTriplets>({
        model,
        inputs: augmentedImages(images, { flip: true, shift: 4, brightness: 0.2, noise: 4 }),
        sampler: pkSampler({ labels: images.labels, people, imagesPerPerson: 4, random: createRandom(1) }),
        miner: semiHard({ margin: 0.2, choice: 'all' }),
        objective: {
          measure: 'squared-euclidean',
          loss: (distances, mined) => tripletLoss(distances, mined, { margin: 0.2, checkFinite: false }),
        },
        optimizer,
        learningRate: constantRate({ peak: 1e-3 }),
        steps: STEPS,
        seed: 1,
        onStep: (record) => void records.push(record),
      });
      return measure(records);
    },
    dispose() {
      optimizer.dispose();
      model.dispose();
    },
  };
}
