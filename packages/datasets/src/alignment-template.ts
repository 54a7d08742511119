import { InvalidArgumentError } from '@ft/errors';
import { estimateSimilarity, type Similarity } from './estimate-similarity.ts';
import type { Point } from './point.ts';

/** Five points of a face as the viewer sees them: left eye, right eye, nose tip, left and right mouth corner. */
export type FaceLandmarks = readonly [Point, Point, Point, Point, Point];

/** Where an aligned face has its landmarks: `'arcface'` for 112 x 112 networks, `'dlib'` for 150 x 150 chips. */
export type AlignmentTemplate = 'arcface' | 'dlib';

/** As shares of the image's side. */
const templates: Record<AlignmentTemplate, FaceLandmarks> = {
  // Deng et al., "ArcFace" (2019): the usual reference points, given there in pixels of 112 x 112.
  arcface: [
    [38.2946 / 112, 51.6963 / 112],
    [73.5318 / 112, 51.5014 / 112],
    [56.0252 / 112, 71.7366 / 112],
    [41.5493 / 112, 92.3655 / 112],
    [70.7299 / 112, 92.2041 / 112],
  ],
  // dlib's mean face of 68 points, reduced to five, with its padding of a quarter on every side.
  dlib: [
    padded(0.225492, 0.21599),
    padded(0.754761, 0.21599),
    padded(0.490127, 0.515625),
    padded(0.254149, 0.780233),
    padded(0.726104, 0.780233),
  ],
};

function padded(x: number, y: number): Point {
  return [(x + 0.25) / 1.5, (y + 0.25) / 1.5];
}

/** The landmarks of an aligned face in pixels of an image of `size` x `size`. */
export function templateLandmarks(template: AlignmentTemplate, size: number): FaceLandmarks {
  return templates[template].map(([x, y]) => [x * size, y * size]) as unknown as FaceLandmarks;
}

/**
 * How an image must be turned, scaled and moved for its face to meet a template.
 *
 * Five landmarks are all used. Of 68, `'dlib'` uses the 33 of nose, eyes and upper lip by which dlib itself aligns, and
 * `'arcface'` the five of {@link fiveLandmarks}.
 *
 * @param landmarks five, or 68 in the order of iBUG 300-W, in pixels
 * @param size of the aligned image, in pixels
 * @returns maps pixels of the image to pixels of the aligned one; undefined where the points span no face
 */
export function placeFace(
  landmarks: readonly Point[],
  template: AlignmentTemplate,
  size: number,
): Similarity | undefined {
  if (landmarks.length === 68 && template === 'dlib') {
    const target = meanFace.map(([x, y]): Point => [((x + 0.25) / 1.5) * size, ((y + 0.25) / 1.5) * size]);
    return estimateSimilarity(innerLandmarks(landmarks), target);
  }
  const five = landmarks.length === 68 ? fiveLandmarks(landmarks) : landmarks;
  return estimateSimilarity(five, templateLandmarks(template, size));
}

/** Nose, eyes and upper lip of 68 points: those that neither speaking nor the hair moves much. */
export function innerLandmarks(points: readonly Point[]): readonly Point[] {
  return [...points.slice(27, 55), ...points.slice(60, 65)];
}

/** Where dlib's mean face has its {@link innerLandmarks}, in the square from its brows to its lips. */
export const meanFace: readonly Point[] = [
  [0.490127, 0.203352],
  [0.490127, 0.307009],
  [0.490127, 0.409805],
  [0.490127, 0.515625],
  [0.36688, 0.587326],
  [0.426036, 0.609345],
  [0.490127, 0.628106],
  [0.554217, 0.609345],
  [0.613373, 0.587326],
  [0.121737, 0.216423],
  [0.187122, 0.178758],
  [0.265825, 0.179852],
  [0.334606, 0.231733],
  [0.260918, 0.245099],
  [0.182743, 0.244077],
  [0.645647, 0.231733],
  [0.714428, 0.179852],
  [0.793132, 0.178758],
  [0.858516, 0.216423],
  [0.79751, 0.244077],
  [0.719335, 0.245099],
  [0.254149, 0.780233],
  [0.340985, 0.745405],
  [0.428858, 0.727388],
  [0.490127, 0.742578],
  [0.551395, 0.727388],
  [0.639268, 0.745405],
  [0.726104, 0.780233],
  [0.290379, 0.784792],
  [0.428096, 0.778746],
  [0.490127, 0.785343],
  [0.552157, 0.778746],
  [0.689874, 0.784792],
];

/**
 * The five landmarks out of the 68 that many detectors give (iBUG 300-W order): the middles of the eyes, the
 * nose tip and the corners of the mouth.
 *
 * @param points 68 points in pixels
 * @throws InvalidArgumentError where there are not 68
 */
export function fiveLandmarks(points: readonly Point[]): FaceLandmarks {
  if (points.length !== 68) {
    throw new InvalidArgumentError({
      where: 'fiveLandmarks',
      argument: 'points',
      expected: '68 points',
      got: points,
    });
  }
  const middle = (from: number): Point => {
    const eye = points.slice(from, from + 6);
    return [eye.reduce((sum, [x]) => sum + x, 0) / 6, eye.reduce((sum, [, y]) => sum + y, 0) / 6];
  };
  return [middle(36), middle(42), points[30]!, points[48]!, points[54]!];
}
