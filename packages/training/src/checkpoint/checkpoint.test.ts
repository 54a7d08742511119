import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  CheckpointError,
  latestCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
} from '../index.ts';
import { addCheckpoint } from './checkpoint-directory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ft-checkpoint-'));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (step: number): Checkpoint => ({
  step,
  tensors: new Map([['model/a', { shape: [2], data: Float32Array.of(step, -step) }]]),
  state: { sampler: { epoch: step }, nothing: null, bank: { labels: Int32Array.of(step, 7) } },
});
const names = (steps: number[]) => steps.map((step) => `step-${String(step).padStart(8, '0')}.safetensors`);

test('what is saved is loaded, typed arrays of the state too', async () => {
  const file = join(directory, 'a.safetensors');
  await saveCheckpoint(file, at(3));
  expect(await loadCheckpoint(file)).toEqual(at(3));
});

test('a byte that changed anywhere is noticed', async () => {
  const file = join(directory, 'a.safetensors');
  await saveCheckpoint(file, at(3));
  const bytes = await readFile(file);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (position, change) => {
      const damaged = Buffer.from(bytes);
      damaged[position]! ^= change;
      await writeFile(file, damaged);
      await expect(loadCheckpoint(file)).rejects.toMatchObject({
        code: expect.stringMatching(/^FT_(CHECKPOINT|SAFETENSORS)$/),
      });
    }),
    { numRuns: 200 },
  );
});

test('the last ones stay, the newest is found, and an empty or missing folder has none', async () => {
  const folder = join(directory, 'checkpoints');
  expect(await latestCheckpoint(folder)).toEqual({ checkpoint: undefined, damaged: [] });
  await mkdir(folder);
  await writeFile(join(folder, `${names([5])[0]}.0000-11.tmp`), 'a writer was killed');
  for (const step of [5, 10, 15, 99_999_999, 100_000_000]) await addCheckpoint(folder, at(step), 3);
  expect((await readdir(folder)).sort()).toEqual(names([15, 99_999_999, 100_000_000]).sort());
  expect((await latestCheckpoint(folder)).checkpoint).toEqual(at(100_000_000));
});

test('a damaged one is passed over, by name; where all are, that is said', async () => {
  for (const step of [5, 10, 15]) await addCheckpoint(directory, at(step), 3);
  const [five, ten, fifteen] = names([5, 10, 15]).map((name) => join(directory, name));
  await writeFile(fifteen!, (await readFile(fifteen!)).subarray(0, 100));
  await writeFile(ten!, '');
  const { checkpoint, damaged } = await latestCheckpoint(directory);
  expect(checkpoint).toEqual(at(5));
  expect(damaged.map(({ file }) => file)).toEqual([fifteen, ten]);
  expect(damaged[0]!.reason).toMatch(/step-00000015\.safetensors is not a readable safetensors file/);
  await writeFile(five!, 'x');
  await expect(latestCheckpoint(directory)).rejects.toThrow(
    /has no checkpoint that can be read: .*00000015.*00000005/,
  );
});

test('one that cannot be written leaves the one before it and says what to do', async () => {
  await addCheckpoint(directory, at(1), 1);
  const nowhere = join(directory, 'missing/a.safetensors');
  await expect(saveCheckpoint(nowhere, at(2))).rejects.toThrow(
    /the checkpoint of step 2 cannot be written \(ENOENT.*The one before it, if any, is unharmed/,
  );
  await expect(addCheckpoint(join(directory, names([1])[0]!), at(2), 1)).rejects.toThrow(CheckpointError);
  await expect(loadCheckpoint(nowhere)).rejects.toThrow(/cannot be read \(ENOENT\)/);
  expect((await latestCheckpoint(directory)).checkpoint).toEqual(at(1));
});
