import type { SquareCrop } from '@ft/datasets';

/** The square of a 250 x 250 deep-funneled image that holds the face, chosen on View 1 by training on it. */
export const LFW_CROP: SquareCrop = { centerX: 125, centerY: 130, size: 120 };
