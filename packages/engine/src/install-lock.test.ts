import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './install-lock.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-lock-'));
  file = join(directory, 'sub', 'lock');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('ten at once run one after the other, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(2);
    inside--;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(file, work, { pollMs: 3 })));
  expect(most).toBe(1);
  expect(readdirSync(join(directory, 'sub'))).toEqual([]);
});

test('the lock is released when the work fails', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that was killed is taken over, by one waiter at a time', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  await withLock(file, () => Promise.resolve());
  writeFileSync(file, JSON.stringify({ pid: child.pid, host: hostname(), id: 'killed' }));
  const waits: string[] = [];
  let inside = 0;
  const waiters = Promise.all(
    Array.from({ length: 5 }, () =>
      withLock(
        file,
        async () => {
          expect(++inside).toBe(1);
          await sleep(5);
          inside--;
        },
        { pollMs: 5, heartbeatMs: 20, onWait: (holder) => waits.push(holder) },
      ),
    ),
  );
  await sleep(100);
  expect(inside).toBe(0);
  expect(waits).toEqual(Array.from({ length: 5 }, () => `process ${child.pid} on ${hostname()}`));
  child.kill('SIGKILL');
  await waiters;
  expect(readdirSync(join(directory, 'sub'))).toEqual([]);
});

test('a lock of another machine is respected until nobody has touched it for a minute', async () => {
  await withLock(file, () => Promise.resolve());
  writeFileSync(file, JSON.stringify({ pid: process.pid, host: 'elsewhere', id: 'other' }));
  const signal = AbortSignal.timeout(60);
  await expect(withLock(file, () => Promise.resolve(), { pollMs: 5, signal })).rejects.toThrow(/abort/i);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ id: 'other' });
  const past = new Date(Date.now() - 61_000);
  utimesSync(file, past, past);
  expect(await withLock(file, () => Promise.resolve('taken'))).toBe('taken');
});

test('the holder keeps its lock fresh', async () => {
  await withLock(
    file,
    async () => {
      const past = new Date(0);
      utimesSync(file, past, past);
      await sleep(60);
      const { mtimeMs } = await import('node:fs/promises').then(({ stat }) => stat(file));
      expect(Date.now() - mtimeMs).toBeLessThan(10_000);
    },
    { heartbeatMs: 10 },
  );
});
