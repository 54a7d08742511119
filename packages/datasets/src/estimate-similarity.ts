import type { Point } from './point.ts';

/** Maps (x, y) to (a x - b y + x0, b x + a y + y0): rotation, scale and shift, no mirror. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x0: number;
  readonly y0: number;
}

/**
 * The similarity that brings points nearest to others, by least squares.
 *
 * @param from at least two points that are not all the same
 * @param to as many points
 * @returns undefined where no similarity is determined: too few points, all the same, or not finite
 * @see Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991)
 */
export function estimateSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | undefined {
  const [fromX, fromY] = meanPoint(from);
  const [toX, toY] = meanPoint(to);
  let spread = 0;
  let dot = 0;
  let cross = 0;
  from.forEach(([x, y], i) => {
    const [u, v] = to[i]!;
    const [dx, dy, du, dv] = [x - fromX, y - fromY, u - toX, v - toY];
    spread += dx * dx + dy * dy;
    dot += dx * du + dy * dv;
    cross += dx * dv - dy * du;
  });
  const a = dot / spread;
  const b = cross / spread;
  if (!Number.isFinite(a) || !Number.isFinite(b) || (a === 0 && b === 0)) return undefined;
  return { a, b, x0: toX - a * fromX + b * fromY, y0: toY - b * fromX - a * fromY };
}

function meanPoint(points: readonly Point[]): Point {
  const sum = points.reduce<Point>(([sx, sy], [x, y]) => [sx + x, sy + y], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
