import { InvalidArgumentError } from '@ft/errors';

/** x and y in pixels, from the left and top edge of the image. */
export type Point = readonly [x: number, y: number];

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
