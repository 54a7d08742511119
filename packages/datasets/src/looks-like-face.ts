import type { FaceLandmarks } from './alignment-template.ts';
import type { Point } from './point.ts';

/** Seen with the eyes level, does the mouth lie below them, its left corner on the side of the left eye? */
export function looksLikeFace([leftEye, rightEye, , leftMouth, rightMouth]: FaceLandmarks): boolean {
  const alongX = rightEye[0] - leftEye[0];
  const alongY = rightEye[1] - leftEye[1];
  const eyes: Point = [(leftEye[0] + rightEye[0]) / 2, (leftEye[1] + rightEye[1]) / 2];
  const mouth: Point = [(leftMouth[0] + rightMouth[0]) / 2, (leftMouth[1] + rightMouth[1]) / 2];
  const below = alongX * (mouth[1] - eyes[1]) - alongY * (mouth[0] - eyes[0]);
  const sameSide = alongX * (rightMouth[0] - leftMouth[0]) + alongY * (rightMouth[1] - leftMouth[1]);
  return below > 0 && sameSide > 0;
}
