import sharp from 'sharp';
import { afterEach, expect, test, vi } from 'vitest';
import { decodeFrame, decoderNames } from './decode-frame.ts';

test('both decoders see the same picture', async () => {
  expect(await decoderNames()).toBe('jpeg-turbo, sharp');
  const gradient = Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 2) % 200));
  const jpeg = await sharp(gradient, { raw: { width: 40, height: 30, channels: 3 } })
    .jpeg()
    .toBuffer();
  const fast = await decodeFrame(jpeg, 'fast', () => 1);
  const reference = await sharp(jpeg).raw().toBuffer();
  expect(fast).toMatchObject({ width: 40, height: 30, shrink: 1 });
  const differences = [...fast.data].map((value, i) => Math.abs(value - reference[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(8);
  expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(1);
});

test('a large source is made smaller while it is decoded', async () => {
  const large = await sharp({ create: { width: 5000, height: 3000, channels: 3, background: '#336699' } })
    .jpeg()
    .toBuffer();
  const frame = await decodeFrame(large, 'large', () => 8);
  expect(frame).toMatchObject({ width: 625, height: 375, shrink: 8 });
  expect(Math.abs(frame.data[0]! - 0x33)).toBeLessThanOrEqual(2);
});

test('a JPEG cut anywhere is damaged, whichever decoder looks at it first', async () => {
  const noise = Buffer.from(Array.from({ length: 40 * 40 * 3 }, (_, i) => (i * i * 7) % 256));
  const jpeg = await sharp(noise, { raw: { width: 40, height: 40, channels: 3 } })
    .jpeg()
    .toBuffer();
  for (const length of [100, 300, 500, 700, Math.floor(jpeg.length / 2), jpeg.length - 40]) {
    await expect(decodeFrame(jpeg.subarray(0, length), 'cut.jpg', () => 1)).rejects.toThrow(/cut\.jpg/);
  }
});

afterEach(() => {
  vi.doUnmock('@julusian/jpeg-turbo');
  vi.resetModules();
});

test('without jpeg-turbo, and for what it refuses, sharp does the work', async () => {
  const jpeg = await sharp({ create: { width: 30, height: 20, channels: 3, background: '#336699' } })
    .jpeg()
    .toBuffer();
  vi.resetModules();
  vi.doMock('@julusian/jpeg-turbo', () => {
    throw new Error('not installed');
  });
  const alone = await import('./decode-frame.ts');
  expect(await alone.decoderNames()).toBe('sharp');
  expect(await alone.decodeFrame(jpeg, 'x.jpg', () => 1)).toMatchObject({ width: 30, height: 20, shrink: 1 });

  // A byte that only the strict decoder minds: sharp reads on.
  const odd = Buffer.concat([jpeg.subarray(0, -2), Buffer.from([0xff, 0xd0, 0xff, 0xd9])]);
  expect((await decodeFrame(odd, 'odd.jpg', () => 1)).data).toHaveLength(30 * 20 * 3);
});
