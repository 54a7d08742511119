import { expect, test } from 'vitest';
import { innerLandmarks, meanFace, placeFace, templateLandmarks } from './alignment-template.ts';
import { fiveLandmarks, type Point } from './index.ts';

test('five of 68: middles of the eyes, nose tip, mouth corners', () => {
  const points = Array.from({ length: 68 }, (_, i): Point => [i, 100 - i]);
  expect(fiveLandmarks(points)).toEqual([
    [38.5, 61.5],
    [44.5, 55.5],
    [30, 70],
    [48, 52],
    [54, 46],
  ]);
  expect(() => fiveLandmarks(points.slice(1))).toThrow(
    'fiveLandmarks: points must be 68 points, got an array of 67',
  );
});

test('templates scale with the size and have a face the right way up', () => {
  expect(templateLandmarks('arcface', 112)[2][0]).toBeCloseTo(56.0252, 9);
  for (const template of ['arcface', 'dlib'] as const) {
    const [leftEye, rightEye, nose, leftMouth, rightMouth] = templateLandmarks(template, 150);
    expect(leftEye[0]).toBeLessThan(nose[0]);
    expect(nose[0]).toBeLessThan(rightEye[0]);
    expect(leftMouth[0]).toBeLessThan(rightMouth[0]);
    expect(leftEye[1]).toBeLessThan(nose[1]);
    expect(nose[1]).toBeLessThan(leftMouth[1]);
    expect(templateLandmarks(template, 300)[0]).toEqual(leftEye.map((value) => value * 2));
  }
});

test('68 points are placed by the 33 of dlib, or as five', () => {
  // Of the mean face, the five points of the template are middles and corners.
  const numbers = Array.from({ length: 68 }, (_, i): Point => [i, i]);
  const inner = innerLandmarks(numbers).map(([i]) => i);
  expect(inner).toHaveLength(meanFace.length);
  const mean = (from: number, to: number) =>
    meanFace
      .filter((_, k) => inner[k]! >= from && inner[k]! < to)
      .reduce(([x, y], [u, v]) => [x + u / (to - from), y + v / (to - from)], [0, 0]);
  const five = templateLandmarks('dlib', 1).map((point) => point.map((value) => value * 1.5 - 0.25));
  for (const [i, [x, y]] of [
    [0, mean(36, 42)],
    [1, mean(42, 48)],
    [2, mean(30, 31)],
    [3, mean(48, 49)],
    [4, mean(54, 55)],
  ] as const) {
    expect(five[i]![0]).toBeCloseTo(x!, 5);
    expect(five[i]![1]).toBeCloseTo(y!, 5);
  }

  const points = numbers.map(([i]): Point => {
    const at = inner.indexOf(i);
    return at < 0 ? [1e3 * i, -7 * i] : [30 + 60 * meanFace[at]![0], 20 + 60 * meanFace[at]![1]];
  });
  // 60 pixels of face become 100 of 150; the far-off points of jaw, brows and lower lip have no say.
  const { a, b, x0, y0 } = placeFace(points, 'dlib', 150)!;
  expect(a).toBeCloseTo(100 / 60, 6);
  expect(b).toBeCloseTo(0, 6);
  expect(x0).toBeCloseTo(25 - (30 * 100) / 60, 6);
  expect(y0).toBeCloseTo(25 - (20 * 100) / 60, 6);
  expect(placeFace(points, 'arcface', 112)).toEqual(placeFace(fiveLandmarks(points), 'arcface', 112));
});
