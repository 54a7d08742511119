import { expect, test, vi } from 'vitest';
import { usearchIndex } from './index.ts';

test('refuses wrong options', async () => {
  await expect(usearchIndex({ dimension: 2, connectivity: 0 })).rejects.toThrow(
    'usearchIndex: connectivity must be an integer of at least 1, got 0.',
  );
  await expect(usearchIndex({ dimension: 2, threads: -1 })).rejects.toThrow(
    'threads must be an integer of at least 0',
  );
});

test('without the package, an error says what to do', async () => {
  vi.doMock('usearch', () => {
    throw new Error('Cannot find package');
  });
  await expect(usearchIndex({ dimension: 2 })).rejects.toMatchObject({
    code: 'FT_INDEX_UNAVAILABLE',
    message: expect.stringContaining('Install it, or use exactIndex.'),
  });
  vi.doUnmock('usearch');
});
