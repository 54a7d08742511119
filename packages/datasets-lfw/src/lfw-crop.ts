import type { SquareCrop } from '@ft/datasets';
import type { LfwVariant } from './lfw-variant.ts';

/**
 * The square of a 250 x 250 image that holds the face.
 *
 * - `original`: where the publishers' face detector found it; they enlarged its square 2.2 times. Not tried out.
 * - `funneled`: as tall and as high up as scikit-learn cuts these images. Not tried out.
 * - `deep-funneled`: chosen on View 1 by training on it.
 *
 * @see Huang et al., "Labeled Faces in the Wild" (2007); `fetch_lfw_people` of scikit-learn
 */
export const LFW_CROPS: Readonly<Record<LfwVariant, SquareCrop>> = {
  original: { centerX: 125, centerY: 125, size: 114 },
  funneled: { centerX: 125, centerY: 132.5, size: 125 },
  'deep-funneled': { centerX: 125, centerY: 130, size: 120 },
};

/** The one of {@link LFW_CROPS} for deep-funneled images. */
export const LFW_CROP: SquareCrop = LFW_CROPS['deep-funneled'];

/**
 * The square in which `faceLandmarks` looks for the face: wide enough for the largest faces of LFW, which a closer
 * one cuts off.
 */
export const LFW_LANDMARK_BOX: SquareCrop = { centerX: 125, centerY: 132, size: 130 };
