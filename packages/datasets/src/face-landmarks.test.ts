import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { meanFace } from './alignment-template.ts';
import { faceLandmarks, type FaceDataset, type LandmarkDetector, packImages, type Point } from './index.ts';
import { mirrorLandmarks } from './mirror-landmarks.ts';

let root: string;
let cacheDir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-landmarks-'));
  cacheDir = join(root, 'cache');
});
afterEach(() => rm(root, { recursive: true }));

const inner = [...Array.from({ length: 28 }, (_, k) => 27 + k), 60, 61, 62, 63, 64];

/** 68 points of dlib's mean face inside a square of 0..1; those that it does not know lie outside the inner ones. */
const unitFace: Point[] = Array.from({ length: 68 }, (_, k): Point => {
  const at = inner.indexOf(k);
  return at >= 0 ? meanFace[at]! : [0.49 + (mirrorIndex(k) - k) / 40, k < 17 ? 1 : k < 27 ? 0 : 0.85];
});
function mirrorIndex(k: number): number {
  const probe = Array.from({ length: 68 }, (_, i): Point => [0, i]);
  return mirrorLandmarks(probe, 0)[k]![1];
}

/** A face of `side` pixels from brows to lips: red on its left, blue on its right, on black. */
function drawn(width: number, height: number, left: number, top: number, side: number): Promise<Buffer> {
  const half = (color: string) => ({
    create: { width: side / 2, height: side, channels: 3 as const, background: color },
  });
  return sharp({ create: { width, height, channels: 3, background: '#000000' } })
    .composite([
      { input: half('#ff0000'), left, top },
      { input: half('#0000ff'), left: left + side / 2, top },
    ])
    .png()
    .toBuffer();
}

/** Finds the drawn face by its colours. It errs to the right, and by less the larger the face is shown. */
function colorDetector(): LandmarkDetector & { calls: number; mostImages: number } {
  const detector = {
    id: 'colors 1',
    size: 40,
    calls: 0,
    mostImages: 0,
    detect(images: { pixels: Uint8Array; count: number; width: number }) {
      const { pixels, count, width } = images;
      detector.calls += 1;
      detector.mostImages = Math.max(detector.mostImages, count);
      const out = new Float32Array(count * 136);
      for (let n = 0; n < count; n++) {
        let [left, right, top, bottom] = [width, 0, width, 0];
        for (let y = 0; y < width; y++) {
          for (let x = 0; x < width; x++) {
            const at = ((n * width + y) * width + x) * 3;
            if (pixels[at]! + pixels[at + 2]! < 128) continue;
            [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
            [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
          }
        }
        // Nothing seen: all points in one place.
        if (right <= left) continue;
        unitFace.forEach(([x, y], k) => {
          out[n * 136 + 2 * k] = (left + x * (right - left) + 1) / width;
          out[n * 136 + 2 * k + 1] = (top + y * (bottom - top)) / width;
        });
      }
      return Promise.resolve(out);
    },
  };
  return detector;
}

async function dataset(files: Record<string, Buffer>): Promise<FaceDataset> {
  await mkdir(join(root, 'images'), { recursive: true });
  const images = [];
  for (const [id, bytes] of Object.entries(files)) {
    const file = join(root, 'images', id);
    await writeFile(file, bytes);
    images.push({ id, identity: 'a', file });
  }
  return { name: 'test', images };
}

const expectFace = (points: readonly Point[], left: number, top: number, side: number, tolerance: number) =>
  points.forEach(([x, y], k) => {
    expect(Math.abs(x - (left + unitFace[k]![0] * side))).toBeLessThan(tolerance);
    expect(Math.abs(y - (top + unitFace[k]![1] * side))).toBeLessThan(tolerance);
  });

test('points come in source pixels, and looking twice and at the mirror image takes the error away', async () => {
  const data = await dataset({
    'centre.png': await drawn(200, 120, 80, 40, 40),
    'off.png': await drawn(200, 200, 120, 100, 48),
    'large.png': await drawn(2000, 1200, 800, 400, 400),
  });
  const { landmarks, skipped } = await faceLandmarks(data, { detector: colorDetector(), cacheDir });
  expect(skipped).toEqual([]);
  // One look alone errs by one of 40 pixels of the square: 3, 5 and 30 source pixels.
  expectFace(landmarks.get('centre.png')!, 80, 40, 40, 1.5);
  expectFace(landmarks.get('off.png')!, 120, 100, 48, 1.8);
  expectFace(landmarks.get('large.png')!, 800, 400, 400, 15);
  const packed = await packImages(data, {
    size: 60,
    align: { landmarks, template: 'dlib' },
    cacheDir,
    onDamaged: 'refuse',
  });
  // The chip has a quarter of the face as margin on each side, so the face covers 10 to 50.
  for (let n = 0; n < 3; n++) {
    const at = (y: number, x: number) => [
      ...packed.pixels.subarray(((n * 60 + y) * 60 + x) * 3, ((n * 60 + y) * 60 + x) * 3 + 3),
    ];
    expect(at(30, 5)).toEqual([0, 0, 0]);
    expect(at(30, 14)).toEqual([255, 0, 0]);
    expect(at(30, 45)).toEqual([0, 0, 255]);
    expect(at(55, 30)).toEqual([0, 0, 0]);
  }
});

test('a box says where to look', async () => {
  const image = await sharp(await drawn(200, 200, 20, 20, 40))
    .composite([{ input: await drawn(60, 60, 10, 10, 40), left: 130, top: 130 }])
    .png()
    .toBuffer();
  const data = await dataset({ 'two.png': image });
  const box = { centerX: 160, centerY: 160, size: 60 };
  const { landmarks } = await faceLandmarks(data, { detector: colorDetector(), box, cacheDir });
  expectFace(landmarks.get('two.png')!, 140, 140, 40, 1.5);
  await expect(
    faceLandmarks(data, { detector: colorDetector(), box: { ...box, size: 0 }, cacheDir }),
  ).rejects.toThrow('faceLandmarks: box must be a square of at least one pixel');
});

test('what was found is not looked for again, until the image or the detector changes', async () => {
  const face = await drawn(90, 90, 20, 20, 40);
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`${String(i).padStart(2, '0')}.png`, face]),
  );
  const data = await dataset(files);
  const detector = colorDetector();
  const progress: number[] = [];
  const first = await faceLandmarks(data, { detector, cacheDir, onProgress: (done) => progress.push(done) });
  expect(progress).toEqual([16, 20]);
  expect(detector).toMatchObject({ calls: 6, mostImages: 16 });
  expect(await faceLandmarks(data, { detector, cacheDir })).toEqual(first);
  expect(detector.calls).toBe(6);
  await utimes(data.images[3]!.file, 1, 1);
  await faceLandmarks(data, { detector, cacheDir });
  expect(detector.calls).toBe(9);
  await faceLandmarks(data, { detector: { ...detector, id: 'colors 2' }, cacheDir });
  expect(detector.calls).toBe(15);
});

test('an aborted pass keeps what it found, and a half-written file counts as none', async () => {
  const face = await drawn(90, 90, 20, 20, 40);
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`${String(i).padStart(2, '0')}.png`, face]),
  );
  const data = await dataset(files);
  const detector = colorDetector();
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  await expect(
    faceLandmarks(data, { detector, cacheDir, onProgress, signal: controller.signal }),
  ).rejects.toThrow('enough');
  await faceLandmarks(data, { detector, cacheDir });
  expect(detector.calls).toBe(6);
  const [folder] = await readdir(cacheDir);
  for (const name of await readdir(join(cacheDir, folder!)))
    await truncate(join(cacheDir, folder!, name), 700);
  const { landmarks } = await faceLandmarks(data, { detector, cacheDir });
  expect(landmarks.size).toBe(20);
  expect(detector.calls).toBe(12);
});

test('damaged images, and points that are no face, are skipped in order and named', async () => {
  const data = await dataset({
    '1.png': Buffer.from('no image'),
    '2.png': await drawn(90, 90, 20, 20, 40),
    '3.png': await sharp({ create: { width: 30, height: 30, channels: 3, background: '#000000' } })
      .png()
      .toBuffer(),
  });
  const gone = { id: '4.png', identity: 'a', file: join(root, 'gone.png') };
  const { landmarks, skipped } = await faceLandmarks(
    { ...data, images: [...data.images, gone] },
    { detector: colorDetector(), cacheDir },
  );
  expect([...landmarks.keys()]).toEqual(['2.png']);
  expect(skipped).toEqual([
    { id: '1.png', reason: expect.stringContaining('unsupported image format') },
    { id: '3.png', reason: 'the points found are those of no face' },
    { id: '4.png', reason: 'it cannot be read (ENOENT)' },
  ]);
});

test('a detector that gives other than 68 points is refused', async () => {
  const data = await dataset({ '1.png': await drawn(90, 90, 20, 20, 40) });
  const detector = { id: 'five', size: 40, detect: () => Promise.resolve(new Float32Array(10)) };
  await expect(faceLandmarks(data, { detector, cacheDir })).rejects.toThrow(
    'faceLandmarks: detector.detect must be a function that gives [1, 68, 2] numbers',
  );
});
