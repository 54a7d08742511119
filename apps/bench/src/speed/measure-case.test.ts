import { expect, test } from 'vitest';
import { measureCase } from './measure-case.ts';
import type { RemoteOperation } from './start-worker.ts';

/** An operation whose runs take given times, one after another, and that notes when it is run. */
function fake(name: string, times: readonly number[], log: string[] = []): RemoteOperation {
  let run = 0;
  return {
    first: async () => ({ value: 1000, peakBytes: 7 }),
    async run() {
      log.push(name);
      return times[run++ % times.length]!;
    },
    close: async () => {},
  };
}

/** Time enough, so that the most rounds are done. */
const options = { seconds: 100, warmSeconds: 0, leastRounds: 4 };

test('both sides run in turns, and who is first alternates', async () => {
  const log: string[] = [];
  const { rounds } = await measureCase(
    fake('a', [20], log),
    fake('b', [20], log),
    fake('r', [5], log),
    options,
  );
  expect(rounds).toBe(31);
  expect(log.slice(0, 8).join('')).toBe('abrabrba');
});

test('ratio and relative cost are medians over rounds, so a slow round of both sides does not count', async () => {
  const measured = await measureCase(
    fake('a', [10, 10, 100, 12, 10]),
    fake('b', [30, 30, 300, 36, 30]),
    fake('r', [5, 50, 6, 5, 5]),
    options,
  );
  expect(measured.ratio).toBe(3);
  expect(measured.relative.median).toBe(2);
  expect(measured.ours).toEqual({ ms: 10, spread: expect.closeTo(0.1), peakBytes: 7 });
  expect(measured.peer!.ms).toBe(30);
});

test('short work is repeated within a sample, what is no time is not', async () => {
  const asked: number[] = [];
  const short: RemoteOperation = {
    ...fake('a', [1]),
    run: async (times) => {
      asked.push(times);
      return 0.1;
    },
  };
  await measureCase(short, undefined, fake('r', [1]), { seconds: 0, warmSeconds: 0, leastRounds: 1 });
  expect(asked).toEqual([1, 150]);
  await measureCase(short, undefined, fake('r', [1]), {
    seconds: 0,
    warmSeconds: 1,
    leastRounds: 1,
    once: true,
  });
  expect(asked.slice(2)).toEqual([1, 1]);
});

test('both sides run before, in samples, until the time for that is over', async () => {
  const asked: number[] = [];
  const side = (): RemoteOperation => ({
    ...fake('a', [5]),
    run: async (count) => {
      asked.push(count);
      return 5;
    },
  });
  await measureCase(side(), side(), fake('r', [1]), { seconds: 0, warmSeconds: 0.05, leastRounds: 1 });
  // 5 ms, then 15 ms each until 50 ms are over, for the one and for the other; and the round.
  expect(asked).toEqual([1, 3, 3, 3, 1, 3, 3, 3, 3, 3]);
});

test('work that becomes faster is repeated more often, so that samples stay long', async () => {
  const asked: number[] = [];
  const times = [5, 5, 1, 0.5];
  const warming: RemoteOperation = {
    ...fake('a', times),
    run: async (count) => {
      asked.push(count);
      return times[Math.min(asked.length, times.length) - 1]!;
    },
  };
  await measureCase(warming, undefined, fake('r', [1]), options);
  expect(asked.slice(0, 5)).toEqual([1, 3, 3, 15, 30]);
});

test('without a peer there is no ratio, and no time gives one round', async () => {
  const measured = await measureCase(fake('a', [10]), undefined, fake('r', [5]), {
    seconds: 0,
    warmSeconds: 0,
    leastRounds: 4,
  });
  expect(measured).toEqual({
    ours: { ms: 10, spread: 0, peakBytes: 7 },
    relative: { median: 2, low: 2, high: 2 },
    rounds: 1,
  });
});
