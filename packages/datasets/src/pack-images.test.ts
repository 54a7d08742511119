import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { templateLandmarks } from './alignment-template.ts';
import { DamagedImageError, type FaceDataset, type FaceLandmarks, packImages } from './index.ts';

let root: string;
let cacheDir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-pack-'));
  cacheDir = join(root, 'cache');
});
afterEach(() => rm(root, { recursive: true }));

const solid = (width: number, height: number, color: string) =>
  sharp({ create: { width, height, channels: 3, background: color } });

/** A picture whose left half is red and right half blue. */
const halves = (width: number, height: number) =>
  solid(width, height, '#ff0000').composite([
    {
      input: { create: { width: width / 2, height, channels: 3 as const, background: '#0000ff' } },
      left: width / 2,
      top: 0,
    },
  ]);

async function dataset(files: Record<string, Buffer>): Promise<FaceDataset> {
  const images = [];
  for (const [id, bytes] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = join(root, 'images', id);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, bytes);
    images.push({ id, identity: id.split('/')[0]!, file });
  }
  return { name: 'test', images };
}

const pixelAt = (pixels: Uint8Array, size: number, image: number, y: number, x: number) => [
  ...pixels.subarray(((image * size + y) * size + x) * 3, ((image * size + y) * size + x) * 3 + 3),
];

test('images are cropped in the centre, resized, and labelled by the rank of the name', async () => {
  const data = await dataset({
    'b/1.png': await halves(40, 20).png().toBuffer(),
    'a/1.png': await solid(9, 30, '#102030').png().toBuffer(),
    'b/2.png': await solid(8, 8, '#ffffff').png().toBuffer(),
  });
  const progress: number[] = [];
  const packed = await packImages(data, {
    size: 8,
    cacheDir,
    onDamaged: 'refuse',
    onProgress: (done, total) => progress.push(done / total),
  });
  expect(packed).toMatchObject({
    count: 3,
    height: 8,
    width: 8,
    channels: 3,
    ids: ['a/1.png', 'b/1.png', 'b/2.png'],
    labels: Int32Array.of(0, 1, 1),
    identities: ['a', 'b'],
    skipped: [],
  });
  expect(progress).toEqual([1 / 3, 2 / 3, 1]);
  expect(pixelAt(packed.pixels, 8, 0, 4, 4)).toEqual([16, 32, 48]);
  expect(pixelAt(packed.pixels, 8, 1, 4, 0)).toEqual([255, 0, 0]);
  expect(pixelAt(packed.pixels, 8, 1, 4, 7)).toEqual([0, 0, 255]);
});

test('the crop is in source pixels after the EXIF orientation', async () => {
  const rotated = await halves(40, 20)
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const data = await dataset({ 'a/1.jpg': rotated });
  // Turned a quarter clockwise, the picture is 20 x 40 with red above blue.
  const packed = await packImages(data, {
    size: 10,
    crop: { centerX: 10, centerY: 20, size: 20 },
    cacheDir,
    onDamaged: 'refuse',
  });
  const [top, bottom] = [pixelAt(packed.pixels, 10, 0, 1, 5), pixelAt(packed.pixels, 10, 0, 8, 5)];
  expect(top[0]).toBeGreaterThan(240);
  expect(bottom[2]).toBeGreaterThan(240);
});

test('odd images give the right result', async () => {
  const grey = { create: { width: 12, height: 12, channels: 3 as const, background: '#808080' } };
  const data = await dataset({
    'a/16-bit.png': await sharp(grey).toColourspace('rgb16').png().toBuffer(),
    'a/animated.gif': await sharp(
      [await sharp(grey).png().toBuffer(), await solid(12, 12, '#ffffff').png().toBuffer()],
      { join: { animated: true } },
    )
      .gif()
      .toBuffer(),
    'a/cmyk.jpg': await sharp(grey).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
    'a/grey.png': await sharp(grey).toColourspace('b-w').png().toBuffer(),
    'a/one.png': await solid(1, 1, '#808080').png().toBuffer(),
    'a/transparent.png': await sharp({
      create: { width: 9, height: 9, channels: 4, background: { r: 128, g: 128, b: 128, alpha: 1 } },
    })
      .png()
      .toBuffer(),
    'a/wide.png': await solid(20_000, 4, '#808080').png().toBuffer(),
  });
  const packed = await packImages(data, { size: 4, cacheDir, onDamaged: 'refuse' });
  expect(packed.count).toBe(7);
  packed.ids.forEach((id, i) => {
    const bytes = packed.pixels.subarray(i * 48, (i + 1) * 48);
    // Four-colour grey is no exact grey: the conversion goes through a printer's profile.
    const tolerance = id.includes('cmyk') ? 20 : 2;
    for (const value of bytes) expect(Math.abs(value - 128), id).toBeLessThanOrEqual(tolerance);
  });
});

test('a large image is scaled the same way as a small one', async () => {
  const small = await halves(40, 20).png().toBuffer();
  const large = await sharp(small).resize(4000, 2000, { kernel: 'nearest' }).png().toBuffer();
  const data = await dataset({ 'a/large.png': large, 'a/small.png': small });
  const { pixels } = await packImages(data, { size: 8, cacheDir, onDamaged: 'refuse' });
  // The two columns at the border between the colours may differ.
  for (const x of [0, 1, 2, 5, 6, 7]) {
    const [large8, small8] = [pixelAt(pixels, 8, 0, 4, x), pixelAt(pixels, 8, 1, 4, x)];
    large8.forEach((value, c) => expect(Math.abs(value - small8[c]!)).toBeLessThanOrEqual(2));
  }
});

test('landmarks are brought to the template; without them the crop or a skip', async () => {
  const size = 112;
  const canvas = Buffer.alloc(200 * 200 * 3, 40);
  const landmarks = templateLandmarks('arcface', size).map(
    ([x, y]) => [180 - 0.8 * y, 30 + 0.8 * x] as const,
  );
  // A white square at each landmark of a face that lies on its side and is a little smaller.
  for (const [x, y] of landmarks) {
    for (let dy = -3; dy <= 3; dy++) {
      const start = ((Math.floor(y) + dy) * 200 + Math.floor(x) - 3) * 3;
      canvas.fill(255, start, start + 21);
    }
  }
  const image = await sharp(canvas, { raw: { width: 200, height: 200, channels: 3 } })
    .png()
    .toBuffer();
  const data = await dataset({ 'a/face.png': image, 'a/other.png': image });
  const align = {
    landmarks: new Map([['a/face.png', landmarks as unknown as FaceLandmarks]]),
    template: 'arcface',
  } as const;
  const skipping = await packImages(data, { size, align, cacheDir, onDamaged: 'skip' });
  expect(skipping.skipped).toEqual([{ id: 'a/other.png', reason: 'it has no landmarks' }]);
  for (const [x, y] of templateLandmarks('arcface', size)) {
    expect(pixelAt(skipping.pixels, size, 0, Math.floor(y), Math.floor(x))[0]).toBeGreaterThan(200);
  }
  await expect(
    packImages(data, {
      size,
      align: { ...align, landmarks: new Map([['a/face.png', landmarks.slice(1)]]) },
      cacheDir,
      onDamaged: 'skip',
    }),
  ).rejects.toThrow('packImages: align.landmarks of a/face.png must be 5 or 68 points, got an array of 4');
  const crop = { centerX: 100, centerY: 100, size: 150 };
  const cropping = await packImages(data, { size, align, crop, cacheDir, onDamaged: 'refuse' });
  expect(cropping.count).toBe(2);
  const plain = await packImages(data, { size, crop, cacheDir, onDamaged: 'refuse' });
  expect(pixelAt(cropping.pixels, size, 1, 50, 50)).toEqual(pixelAt(plain.pixels, size, 1, 50, 50));
});

test('damaged images are skipped and counted, or refused by name', async () => {
  const whole = await solid(64, 64, '#3070b0').jpeg().toBuffer();
  const data = await dataset({
    'a/1.jpg': whole,
    'a/empty.jpg': Buffer.alloc(0),
    'a/html.jpg': Buffer.from('<html>not found</html>'),
    'a/small.jpg': await solid(10, 10, '#000000').jpeg().toBuffer(),
    'b/cut.jpg': whole.subarray(0, whole.length >> 1),
    'b/2.jpg': whole,
  });
  const gone = { id: 'c/gone.jpg', identity: 'c', file: join(root, 'gone.jpg') };
  const all = { ...data, images: [...data.images, gone] };
  const options = { size: 16, crop: { centerX: 32, centerY: 32, size: 32 }, cacheDir } as const;
  const packed = await packImages(all, { ...options, onDamaged: 'skip' });
  expect(packed.ids).toEqual(['a/1.jpg', 'b/2.jpg']);
  expect([...packed.labels]).toEqual([0, 1]);
  expect(packed.identities).toEqual(['a', 'b', 'c']);
  expect(packed.skipped.map(({ id }) => id)).toEqual([
    'a/empty.jpg',
    'a/html.jpg',
    'a/small.jpg',
    'b/cut.jpg',
    'c/gone.jpg',
  ]);
  expect(packed.skipped[2]!.reason).toBe(
    'the crop from (16, 16) to (48, 48) lies outside its 10 x 10 pixels',
  );
  expect(pixelAt(packed.pixels, 16, 1, 8, 8)).toEqual(pixelAt(packed.pixels, 16, 0, 8, 8));
  expect(await packImages(all, { ...options, onDamaged: 'skip' })).toEqual(packed);
  const refused = packImages(all, { ...options, onDamaged: 'refuse' });
  await expect(refused).rejects.toThrow(/packImages: .*\.jpg cannot be used: /);
  await expect(refused).rejects.toSatisfy((error) => DamagedImageError.isInstance(error));
});

test('the cache is used until an option or a file changes', async () => {
  const data = await dataset({ 'a/1.png': await solid(8, 8, '#ffffff').png().toBuffer() });
  const { file } = data.images[0]!;
  let decoded = 0;
  const options = { size: 4, cacheDir, onDamaged: 'refuse', onProgress: () => decoded++ } as const;
  const first = await packImages(data, options);
  expect(await packImages(data, options)).toEqual(first);
  expect(decoded).toBe(1);
  await packImages(data, { ...options, size: 5 });
  expect(decoded).toBe(2);
  await utimes(file, 1, 1);
  await packImages(data, options);
  expect(decoded).toBe(3);
  await writeFile(file, await solid(9, 9, '#000000').png().toBuffer());
  expect((await packImages(data, options)).pixels[0]).toBe(0);
  expect(decoded).toBe(4);
});

test('a damaged cache file is made anew, and half-written ones are never seen', async () => {
  const data = await dataset({ 'a/1.png': await solid(8, 8, '#abcdef').png().toBuffer() });
  const options = { size: 4, cacheDir, onDamaged: 'refuse' } as const;
  const packed = await packImages(data, options);
  const [name] = await readdir(cacheDir);
  const cache = join(cacheDir, name!);
  const good = await readFile(cache);
  for (const length of [0, 3, 11, 40, good.length - 1]) {
    await truncate(cache, length);
    expect(await packImages(data, options)).toEqual(packed);
    expect(await readFile(cache)).toEqual(good);
  }
  for (const bytes of [
    Buffer.concat([good, good]),
    Buffer.from(good).fill(0x7b, 12, 40),
    Buffer.alloc(500),
  ]) {
    await writeFile(cache, bytes);
    expect(await packImages(data, options)).toEqual(packed);
  }
});

test('any damage to the header of a cache file is harmless', async () => {
  const data = await dataset({ 'a/1.png': await solid(8, 8, '#abcdef').png().toBuffer() });
  const options = { size: 4, cacheDir, onDamaged: 'refuse' } as const;
  const { pixels } = await packImages(data, options);
  const cache = join(cacheDir, (await readdir(cacheDir))[0]!);
  const good = await readFile(cache);
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[]:,0n')));
  const damage = fc.array(fc.tuple(fc.nat(good.length - 49), byte), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      await writeFile(cache, bytes);
      expect((await packImages(data, options)).pixels).toEqual(pixels);
    }),
    { numRuns: 300 },
  );
});

test('concurrent writers all get the images and leave one file', async () => {
  const data = await dataset({ 'a/1.png': await solid(8, 8, '#abcdef').png().toBuffer() });
  const options = { size: 4, cacheDir, onDamaged: 'refuse' } as const;
  const results = await Promise.all(Array.from({ length: 8 }, () => packImages(data, options)));
  for (const result of results) expect(result).toEqual(results[0]);
  expect(await readdir(cacheDir)).toHaveLength(1);
});

test('images decoded at the same time do not get into each other', async () => {
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < 40; i++) {
    files[`a/${String(i).padStart(2, '0')}.jpg`] = await solid(24, 24, `rgb(${(i * 97) % 240}, 100, 50)`)
      .jpeg()
      .toBuffer();
  }
  const { pixels } = await packImages(await dataset(files), { size: 8, cacheDir, onDamaged: 'refuse' });
  for (let i = 0; i < 40; i++) {
    const reds = Array.from({ length: 64 }, (_, k) => pixels[(i * 64 + k) * 3]!);
    expect(Math.max(...reds.map((red) => Math.abs(red - ((i * 97) % 240))))).toBeLessThanOrEqual(4);
  }
});

test('an aborted pass stops with the reason of the signal and leaves no cache', async () => {
  const data = await dataset({
    'a/1.png': await solid(8, 8, '#abcdef').png().toBuffer(),
    'a/2.png': await solid(8, 8, '#abcdef').png().toBuffer(),
  });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(packImages(data, { size: 4, cacheDir, onDamaged: 'refuse', signal })).rejects.toThrow(
    'enough',
  );
  await expect(readdir(cacheDir)).rejects.toThrow('ENOENT');
});

test.each([
  [{ size: 0 }, 'size must be an integer from 1 to 2048'],
  [{ onDamaged: 'ignore' as 'skip' }, "onDamaged must be 'skip' or 'refuse', got \"ignore\""],
  [{ crop: { centerX: 1, centerY: 1, size: 0 } }, 'crop.size'],
  [{ crop: { centerX: Number.NaN, centerY: 1, size: 4 } }, 'crop.centerX'],
  [{ crop: { centerX: 1, centerY: Infinity, size: 4 } }, 'crop.centerY'],
])('%o is refused', async (options, message) => {
  const all = { size: 4, cacheDir, onDamaged: 'skip' as const, ...options };
  await expect(packImages({ name: 'none', images: [] }, all)).rejects.toThrow(message);
});
