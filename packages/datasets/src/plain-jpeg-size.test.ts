import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { plainJpegSize } from './plain-jpeg-size.ts';

const picture = sharp({ create: { width: 37, height: 21, channels: 3, background: '#a04020' } });

test('the size of baseline, progressive and grey JPEGs is read', async () => {
  for (const image of [
    picture.clone().jpeg(),
    picture.clone().jpeg({ progressive: true }),
    picture.clone().greyscale().jpeg(),
  ]) {
    expect(plainJpegSize(await image.toBuffer())).toEqual({ width: 37, height: 21 });
  }
});

test('what needs a second look is left to sharp', async () => {
  for (const image of [
    picture.clone().png(),
    picture.clone().jpeg().withMetadata({ orientation: 3 }),
    picture.clone().jpeg().withIccProfile('p3'),
    picture.clone().toColourspace('cmyk').jpeg(),
  ]) {
    expect(plainJpegSize(await image.toBuffer())).toBeUndefined();
  }
});

test('any bytes are answered without an error', async () => {
  const whole = await picture.clone().jpeg().toBuffer();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(whole.length), (noise, cut) => {
      const bytes = Buffer.concat([whole.subarray(0, cut), noise]);
      const size = plainJpegSize(bytes);
      return size === undefined || (size.width > 0 && size.height > 0);
    }),
    { numRuns: 500 },
  );
});
