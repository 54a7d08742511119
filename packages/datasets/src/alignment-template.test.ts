import { expect, test } from 'vitest';
import { templateLandmarks } from './alignment-template.ts';
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
