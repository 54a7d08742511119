import { expect, test } from 'vitest';
import { describeValue, FtError, InvalidArgumentError, nearestNames } from './index.ts';

class DiskFullError extends FtError {
  static override readonly code: string = 'FT_DISK_FULL';
}

test('an error carries its class name, its code and its cause', () => {
  const cause = new Error('ENOSPC');
  const error = new DiskFullError('The disk is full.', { cause });
  expect(error).toMatchObject({ name: 'DiskFullError', code: 'FT_DISK_FULL', cause });
});

test('isInstance accepts the class and its bases, and nothing else', () => {
  const error = new DiskFullError('full');
  expect(DiskFullError.isInstance(error)).toBe(true);
  expect(FtError.isInstance(error)).toBe(true);
  expect(InvalidArgumentError.isInstance(error)).toBe(false);
  for (const other of [new Error('full'), { code: 'FT_DISK_FULL' }, null, undefined, 'FT_DISK_FULL']) {
    expect(FtError.isInstance(other)).toBe(false);
  }
});

test('isInstance recognises an error made by another copy of the package', () => {
  const foreign = Object.assign(new Error('full'), {
    [Symbol.for('ft.error')]: ['FT_DISK_FULL', 'FT_ERROR'],
  });
  expect(DiskFullError.isInstance(foreign)).toBe(true);
  expect(InvalidArgumentError.isInstance(foreign)).toBe(false);
});

test('an invalid argument is one sentence with expected, got and remedy', () => {
  const error = new InvalidArgumentError({
    where: 'tripletLoss',
    argument: 'margin',
    expected: 'a finite number above 0',
    got: Number.NaN,
    remedy: 'Try 0.2.',
  });
  expect(error.message).toBe('tripletLoss: margin must be a finite number above 0, got NaN. Try 0.2.');
});

test.each([
  ['text', '"text"'],
  ['x'.repeat(100), `"${'x'.repeat(77)}..."`],
  [[1, 2], '[1,2]'],
  [new Array(100).fill(1), 'an array of 100'],
  [new Float32Array(3), 'a Float32Array of 3'],
  [{ shape: [2, 3] }, 'a tensor of shape [2, 3]'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [new Map(), 'an object of type Map'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Number.NaN, 'NaN'],
  [() => 1, 'a function'],
])('describeValue(%o)', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

test('nearest names come first and far names not at all', () => {
  const names = ['hard', 'semi-hard', 'random-hard', 'batch-all'];
  expect(nearestNames('semihard', names)).toEqual(['semi-hard']);
  expect(nearestNames('HARD', names)[0]).toBe('hard');
  expect(nearestNames('zzzzzzzz', names)).toEqual([]);
});
