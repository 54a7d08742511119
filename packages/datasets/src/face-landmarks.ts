import { InvalidArgumentError } from '@ft/errors';
import { fiveLandmarks, innerLandmarks, meanFace } from './alignment-template.ts';
import { DamagedImageError } from './damaged-image-error.ts';
import { decodeFrame, decoderNames, recycleFrame } from './decode-frame.ts';
import { estimateSimilarity, type Similarity } from './estimate-similarity.ts';
import type { FaceDataset } from './face-dataset.ts';
import { type Frame, shrinkOf } from './frame.ts';
import type { SquareCrop } from './image-region.ts';
import { openLandmarkCache } from './landmark-cache.ts';
import { looksLikeFace } from './looks-like-face.ts';
import { mirrorLandmarks, mirrorRows } from './mirror-landmarks.ts';
import type { Point } from './point.ts';
import { readImageFile } from './read-image-file.ts';
import { warpSquare } from './warp-square.ts';

/** Finds 68 points in square pictures of one face each. `LandmarkNet` of @ft/models is one. */
export interface LandmarkDetector {
  /** Changes with whatever changes the points: part of the cache's key. */
  readonly id: string;
  /** Height and width of the pictures it wants, in pixels. */
  readonly size: number;
  /**
   * @param images RGB bytes, row-major [count, height, width, 3]
   * @returns x and y as shares of the side, row-major [count, 68, 2]
   */
  detect(images: {
    readonly pixels: Uint8Array;
    readonly count: number;
    readonly height: number;
    readonly width: number;
  }): Promise<Float32Array>;
}

export interface FaceLandmarksOptions {
  readonly detector: LandmarkDetector;
  /** Where the face is, in source pixels, from the brows to the chin. Default: the largest centred square. */
  readonly box?: SquareCrop;
  /** Folder for the cache; made where missing. */
  readonly cacheDir: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface FoundLandmarks {
  /** 68 points a face in source pixels (iBUG 300-W order), by image id: for `packImages({ align })`. */
  readonly landmarks: ReadonlyMap<string, readonly Point[]>;
  /** Images without landmarks, and why. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

const POINTS = 68;
/** Images that are decoded and go through the detector together. */
const BATCH = 16;

/**
 * Finds the landmarks of every face of a data set.
 *
 * The detector looks twice: at `box`, and then at the face that it found there, upright and in the middle, and at its
 * mirror image; the last two are averaged. What it found is cached by the images' paths, sizes and modification
 * times, so that an interrupted or a larger pass begins where the last one ended.
 *
 * @throws InvalidArgumentError where the box is out of range or the detector gives other than 68 points an image
 */
export async function faceLandmarks(
  dataset: FaceDataset,
  { detector, box, cacheDir, onProgress, signal }: FaceLandmarksOptions,
): Promise<FoundLandmarks> {
  if (box !== undefined && !(box.size >= 1 && Number.isFinite(box.size + box.centerX + box.centerY))) {
    refuse('box', 'a square of at least one pixel', box);
  }
  const recipe = [recipeVersion, detector.id, detector.size, await decoderNames(), box ?? 'centre'];
  const cache = await openLandmarkCache(cacheDir, recipe, dataset.images, signal);
  const reasons = new Map<string, string>();
  const missing = dataset.images.filter((image) => !cache.found.has(image.id));
  let done = dataset.images.length - missing.length;
  try {
    for (let start = 0; start < missing.length; start += BATCH) {
      signal?.throwIfAborted();
      const seen: Seen[] = [];
      const batch = missing.slice(start, start + BATCH);
      await Promise.all(
        batch.map(async ({ id, file }) => {
          try {
            seen.push({ id, ...(await decodeBox(file, detector.size, box)) });
          } catch (error) {
            if (!DamagedImageError.isInstance(error)) throw error;
            reasons.set(id, error.reason);
          }
        }),
      );
      const points = await findTwice(detector, seen);
      for (const [i, { id, frame }] of seen.entries()) {
        await cache.add(
          id,
          points[i]!.map(([x, y]): Point => [x * frame.shrink, y * frame.shrink]),
        );
        recycleFrame(frame);
      }
      done += batch.length;
      onProgress?.(done, dataset.images.length);
    }
  } finally {
    await cache.flush();
  }
  const landmarks = new Map<string, readonly Point[]>();
  const skipped: { id: string; reason: string }[] = [];
  for (const { id } of dataset.images) {
    const points = cache.found.get(id);
    if (points !== undefined && looksLikeFace(fiveLandmarks(points))) landmarks.set(id, points);
    else skipped.push({ id, reason: reasons.get(id) ?? 'the points found are those of no face' });
  }
  return { landmarks, skipped };
}

/** Part of the cache key: raised whenever the same detector and images give other points. */
const recipeVersion = 1;

interface Seen {
  readonly id: string;
  readonly frame: Frame;
  /** Brings the frame's face into the detector's picture. */
  readonly placement: Similarity;
}

async function decodeBox(file: string, size: number, box: SquareCrop | undefined): Promise<Omit<Seen, 'id'>> {
  const frame = await decodeFrame(readImageFile(file), file, (width, height) =>
    shrinkOf(box?.size ?? Math.min(width, height), size),
  );
  const { width, height, shrink } = frame;
  const side = box === undefined ? Math.min(width, height) : box.size / shrink;
  const centerX = box === undefined ? width / 2 : box.centerX / shrink;
  const centerY = box === undefined ? height / 2 : box.centerY / shrink;
  const scale = size / side;
  const placement = { a: scale, b: 0, x0: size / 2 - centerX * scale, y0: size / 2 - centerY * scale };
  return { frame, placement };
}

async function findTwice(detector: LandmarkDetector, seen: readonly Seen[]): Promise<Point[][]> {
  const first = await find(detector, seen, false);
  const closer = seen.map((one, i) => ({
    ...one,
    placement: lookCloser(first[i]!, detector.size) ?? one.placement,
  }));
  const straight = await find(detector, closer, false);
  const mirrored = await find(detector, closer, true);
  return straight.map((points, i) =>
    points.map(([x, y], k): Point => {
      const [u, v] = mirrored[i]![k]!;
      return [(x + u) / 2, (y + v) / 2];
    }),
  );
}

/** Face upright, its nose a little above the middle, brows to lips over about half of the picture. */
function lookCloser(points: readonly Point[], size: number): Similarity | undefined {
  const target = meanFace.map(([x, y]): Point => [
    size * (0.5 + 0.55 * (x - 0.5)),
    size * (0.44 + 0.55 * (y - 0.5)),
  ]);
  return estimateSimilarity(innerLandmarks(points), target);
}

/** Points in pixels of the frames. */
async function find(detector: LandmarkDetector, seen: readonly Seen[], mirror: boolean): Promise<Point[][]> {
  const { size } = detector;
  const imageBytes = size * size * 3;
  const pixels = new Uint8Array(seen.length * imageBytes);
  seen.forEach(({ frame, placement }, i) => {
    const place = pixels.subarray(i * imageBytes, (i + 1) * imageBytes);
    warpSquare(frame, placement, size, 'black', place);
  });
  if (mirror) mirrorRows(pixels, size);
  const shares = await detector.detect({ pixels, count: seen.length, height: size, width: size });
  if (shares.length !== seen.length * POINTS * 2) {
    refuse('detector.detect', `a function that gives [${seen.length}, ${POINTS}, 2] numbers`, shares);
  }
  return seen.map(({ placement: { a, b, x0, y0 } }, i) => {
    const points = Array.from({ length: POINTS }, (_, k): Point => [
      shares[(i * POINTS + k) * 2]! * size,
      shares[(i * POINTS + k) * 2 + 1]! * size,
    ]);
    const squared = a * a + b * b;
    return (mirror ? mirrorLandmarks(points, size) : points).map(([x, y]): Point => {
      const [dx, dy] = [x - x0, y - y0];
      return [(a * dx + b * dy) / squared, (a * dy - b * dx) / squared];
    });
  });
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'faceLandmarks', argument, expected, got });
}
