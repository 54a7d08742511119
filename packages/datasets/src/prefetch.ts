import { InvalidArgumentError } from '@ft/errors';

/**
 * Makes items ahead of their use: while one is used, the next ones are already being made.
 *
 * @param tasks each starts making one item when called; items come in this order
 * @param ahead how many items may be in the making or waiting, from 1
 * @returns the items; leaving the loop early starts no further task
 * @throws whatever a task throws, when its turn comes
 */
export async function* prefetch<Item>(
  tasks: Iterable<() => Promise<Item>>,
  ahead: number,
): AsyncGenerator<Item, void, undefined> {
  if (!Number.isInteger(ahead) || ahead < 1) {
    throw new InvalidArgumentError({
      where: 'prefetch',
      argument: 'ahead',
      expected: 'an integer from 1',
      got: ahead,
    });
  }
  const waiting: Promise<Item>[] = [];
  const iterator = tasks[Symbol.iterator]();
  const start = () => {
    const next = iterator.next();
    if (next.done === true) return;
    const item = next.value();
    // Its failure is thrown when its turn comes; until then it must not count as unhandled.
    item.catch(() => {});
    waiting.push(item);
  };
  try {
    for (let i = 0; i < ahead; i++) start();
    while (waiting.length > 0) {
      const item = await waiting.shift()!;
      start();
      yield item;
    }
  } finally {
    iterator.return?.();
  }
}
