import { InvalidArgumentError } from '@ft/errors';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import '../test/select-backend.ts';
import { viewRelation } from './relation-view.ts';

const ROWS = 3;

describe.each([1, 4, 7, 8, 1020, 1024, 1026, 2048])('rows of %i', (columns) => {
  const random = createRandom(columns);
  // Rows at one end of the range of a count: all positive, all negative, mixed.
  const values = Uint8Array.from({ length: ROWS * columns }, (_, i) =>
    i < columns ? 1 : i < 2 * columns ? 2 : random.int(3),
  );

  test.each([0, 1])('are counted value by value, %i bytes into a buffer', (offset) => {
    const relation = new Uint8Array(values.length + offset).subarray(offset);
    relation.set(values);
    const view = viewRelation('test', relation, tf.zeros([ROWS, columns]));
    const count = (row: number, kind: number) =>
      values.subarray(row * columns, (row + 1) * columns).filter((value) => value === kind).length;
    expect([...view.positives]).toEqual([0, 1, 2].map((row) => count(row, 1)));
    expect([...view.negatives]).toEqual([0, 1, 2].map((row) => count(row, 2)));
    expect(view.total).toEqual({
      positive: values.filter((value) => value === 1).length,
      negative: values.filter((value) => value === 2).length,
    });
  });

  test.each([3, 4, 128, 255])('with a value of %i are refused', (value) => {
    const relation = values.slice();
    relation[2 * columns + (columns >> 1)] = value;
    expect(() => viewRelation('test', relation, tf.zeros([ROWS, columns]))).toThrow(InvalidArgumentError);
  });
});
