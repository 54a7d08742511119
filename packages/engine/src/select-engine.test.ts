import { expect, test } from 'vitest';
import { selectEngine } from './index.ts';

test('x', async () => {
  const e = await selectEngine();
  expect(e.name).toBe('tensorflow');
  expect(Array.from(await e.tf.tensor1d([1, 2]).square().data())).toEqual([1, 4]);
  const w = await selectEngine({ require: 'wasm' });
  expect(w.tf.getBackend()).toBe('wasm');
  expect(Array.from(await w.tf.tensor1d([1, 2]).square().data())).toEqual([1, 4]);
});
