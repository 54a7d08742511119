import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectClose, randomMatrix } from '../test/expect-loss.ts';
import { contrastiveLoss, createCrossBatchMemory, pairwiseDistances, relationFromLabels } from './index.ts';

test('first in, first out, whatever the sizes of the batches', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 8 }),
      (capacity, sizes) => {
        const before = tf.memory().numTensors;
        const memory = createCrossBatchMemory({ capacity, dimension: 1 });
        let all: number[] = [];
        for (const wanted of sizes) {
          const batch = Array.from({ length: Math.min(wanted, capacity) }, (_, i) => all.length + i);
          all = [...all, ...batch];
          const expected = all.slice(-capacity);
          const embeddings = tf.tensor2d(batch, [batch.length, 1]);
          const self = memory.enqueue(
            embeddings,
            Int32Array.from(batch, (v) => v * 10),
          );
          embeddings.dispose();
          expect(memory.size).toBe(expected.length);
          expect([...memory.embeddings().dataSync()]).toEqual(expected);
          expect([...memory.labels]).toEqual(expected.map((v) => v * 10));
          expect([...self].map((i) => expected[i])).toEqual(batch);
        }
        memory.dispose();
        expect(tf.memory().numTensors).toBe(before);
      },
    ),
    { numRuns: 30 },
  );
});

test('a loss with a memory that holds the batch only is the loss of the batch', () => {
  const labels = Int32Array.of(1, 2, 1, 2);
  const memory = createCrossBatchMemory({ capacity: 4, dimension: 3 });
  const x = tf.tensor2d(randomMatrix(4, 3, 1));
  const self = memory.enqueue(x, labels);
  const [plain, remembered] = tf.tidy(() => [
    contrastiveLoss(pairwiseDistances(x), relationFromLabels(labels)).dataSync()[0]!,
    contrastiveLoss(
      pairwiseDistances(x, memory.embeddings()),
      relationFromLabels(labels, memory.labels, self),
    ).dataSync()[0]!,
  ]);
  expectClose([remembered!], [plain!], 1e-6);
  x.dispose();
  memory.clear();
  expect(memory.size).toBe(0);
});

test('what it holds has no gradient and outlives tf.tidy', () => {
  const memory = createCrossBatchMemory({ capacity: 3, dimension: 2 });
  tf.tidy(() => {
    const gradient = tf.grad((x) => {
      memory.enqueue(x as tf.Tensor2D, Int32Array.of(1));
      return tf.sum(tf.mul(x, memory.embeddings()));
    })(tf.tensor2d([[3, 4]]));
    // Were the memory part of the graph, this would be 2 x.
    expect([...gradient.dataSync()]).toEqual([3, 4]);
  });
  expect([...memory.embeddings().dataSync()]).toEqual([3, 4]);
  memory.dispose();
});

test('bad input', () => {
  expect(() => createCrossBatchMemory({ capacity: 0, dimension: 2 })).toThrow(
    'capacity must be an integer of at least 1',
  );
  const memory = createCrossBatchMemory({ capacity: 1, dimension: 2 });
  expect(() => memory.embeddings()).toThrow('Call enqueue first.');
  tf.tidy(() => {
    expect(() => memory.enqueue(tf.ones([2, 2]), Int32Array.of(1, 2))).toThrow(
      'at most 1 rows of dimension 2',
    );
    expect(() => memory.enqueue(tf.ones([1, 3]), Int32Array.of(1))).toThrow('at most 1 rows of dimension 2');
    expect(() => memory.enqueue(tf.ones([1, 2]), Int32Array.of(1, 2))).toThrow('as many as labels, 2');
  });
});
