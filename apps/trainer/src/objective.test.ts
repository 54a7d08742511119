import { selectEngine } from '@ft/engine';
import type { MinedTriplets } from '@ft/miner-api';
import { minerRegistry } from '@ft/miners';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { objectiveOf } from './objective.ts';

await selectEngine();

const config = { loss: 'triplet', margin: 0.5, temperature: null, memory: 0 } as const;
const miner = await minerRegistry({ directory: '.', enabled: [] }).create('batch-all', {});
const labels = Int32Array.of(0, 0, 1, 1);
const mined = {
  kind: 'triplets',
  anchors: Int32Array.of(0, 2, 3),
  positives: Int32Array.of(1, 3, 2),
  negatives: Int32Array.of(2, 1, 0),
} as unknown as MinedTriplets;

test('each part of an embedding has the loss that a network of its own would have', () => {
  const rows = [
    [3, 4, 1, 0],
    [0, 2, 1, 1],
    [1, 0, 0, -5],
    [-1, 1, 2, 2],
  ];
  const squaredDistance = (i: number, j: number, part: number) => {
    const [a, b] = [rows[i]!, rows[j]!].map((row) => {
      const own = row.slice(2 * part, 2 * part + 2);
      return own.map((value) => value / Math.hypot(...own));
    }) as [number[], number[]];
    return a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0);
  };
  const terms = [0, 1].flatMap((part) =>
    Array.from(mined.anchors, (anchor, k) => {
      const positive = squaredDistance(anchor, mined.positives[k]!, part);
      return Math.max(0, positive - squaredDistance(anchor, mined.negatives[k]!, part) + 0.5);
    }),
  );
  const expected = terms.reduce((sum, term) => sum + term, 0) / terms.length;

  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const objective = objectiveOf(config, miner, 2);
    const loss = (embeddings: tf.Tensor) =>
      objective.loss(tf.zeros([4, 4]), mined, { embeddings: embeddings as tf.Tensor2D, labels });
    const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d(rows));
    expect(value.dataSync()[0]).toBeCloseTo(expected, 5);
    // Only directions count in a part: its gradient is at a right angle to it.
    const slopes = grad.arraySync() as number[][];
    expect(Math.max(...slopes.flat().map(Math.abs))).toBeGreaterThan(0.01);
    for (const part of [0, 2]) {
      rows.forEach((row, i) => {
        const along = row[part]! * slopes[i]![part]! + row[part + 1]! * slopes[i]![part + 1]!;
        expect(along).toBeCloseTo(0, 5);
      });
    }
  });
  expect(tf.memory().numTensors).toBe(before);
});

test('parts are not compared with a memory of whole embeddings', () => {
  expect(() => objectiveOf({ ...config, memory: 512 }, miner, 3)).toThrow(
    'ft: memory must be 0 for a network whose embedding has 3 parts, got 512.',
  );
});
