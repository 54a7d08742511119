import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { fileFacts } from './file-facts.ts';

let directory: string;
let files: string[];
let facts: string[];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-facts-'));
  files = Array.from({ length: 500 }, (_, i) => join(directory, String(i)));
  facts = files.map((file, i) => {
    if (i % 7 === 0) return 'missing';
    writeFileSync(file, 'x'.repeat(i));
    utimesSync(file, i, i + 0.5);
    return `${i} ${1000 * i + 500}`;
  });
  files.push(join(files[1]!, 'below a file'));
  facts.push('missing');
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

test('size and time of every file, in order', async () => {
  expect(await fileFacts(files, undefined)).toEqual(facts);
  expect(await fileFacts([], undefined)).toEqual([]);
});

test('the same where files are far away: after a while they are asked for in parallel', async () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now++);
  expect(await fileFacts(files, undefined)).toEqual(facts);
  expect(clock.mock.calls.length).toBeLessThan(20);
});

test('an aborted signal stops it', async () => {
  const reason = new Error('stop');
  await expect(fileFacts(files, AbortSignal.abort(reason))).rejects.toBe(reason);
});
