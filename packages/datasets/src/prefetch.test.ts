import { expect, test } from 'vitest';
import { prefetch } from './index.ts';

const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), 1));

test('items come in order, and no more than asked are in the making', async () => {
  let making = 0;
  let most = 0;
  const tasks = Array.from({ length: 20 }, (_, i) => async () => {
    most = Math.max(most, ++making);
    await later(0);
    making--;
    return i;
  });
  const got: number[] = [];
  for await (const item of prefetch(tasks, 3)) got.push(item);
  expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(most).toBe(3);
});

test('the next item is made while one is used', async () => {
  const started: number[] = [];
  const tasks = [0, 1, 2, 3].map((i) => () => {
    started.push(i);
    return later(i);
  });
  const items = prefetch(tasks, 2);
  await items.next();
  expect(started).toEqual([0, 1, 2]);
});

test('a failure is thrown in its turn; leaving early starts nothing more and ends the source', async () => {
  let ended = false;
  function* tasks() {
    try {
      yield () => later('one');
      yield () => Promise.reject(new Error('broken'));
      for (;;) yield () => later('more');
    } finally {
      ended = true;
    }
  }
  const items = prefetch(tasks(), 4);
  expect((await items.next()).value).toBe('one');
  await expect(items.next()).rejects.toThrow('broken');
  expect(ended).toBe(true);
  expect((await items.next()).done).toBe(true);
});

test('an empty source and a bad number', async () => {
  expect((await prefetch([], 1).next()).done).toBe(true);
  await expect(prefetch([], 0).next()).rejects.toThrow('prefetch: ahead must be an integer from 1, got 0');
});
