import { InvalidArgumentError } from '@ft/errors';
import type { AlignmentTemplate } from './alignment-template.ts';
import { DamagedImageError } from './damaged-image-error.ts';
import type { Point } from './point.ts';

/** A square of source pixels, after the EXIF orientation is applied. */
export interface SquareCrop {
  /** Column of the centre, in pixels from the left edge. */
  readonly centerX: number;
  /** Row of the centre, in pixels from the top edge. */
  readonly centerY: number;
  /** Side in pixels. */
  readonly size: number;
}

/** Landmarks of one face and the template to which they are brought. */
export interface FacePlacement {
  /** Five or 68. */
  readonly landmarks: readonly Point[];
  readonly template: AlignmentTemplate;
}

/** Which landmarks, by image id, are brought to which template. */
export interface Alignment {
  /** Five points a face (as `FaceLandmarks`) or 68 in the order of iBUG 300-W, in source pixels. */
  readonly landmarks: ReadonlyMap<string, readonly Point[]>;
  readonly template: AlignmentTemplate;
}

/** What to take of one image: its face where landmarks are asked for and known, else the crop. */
export function regionOf(
  id: string,
  file: string,
  crop: SquareCrop | undefined,
  align: Alignment | undefined,
): SquareCrop | FacePlacement | undefined {
  const landmarks = align?.landmarks.get(id);
  if (align === undefined || (landmarks === undefined && crop !== undefined)) return crop;
  if (landmarks === undefined) throw new DamagedImageError(file, 'it has no landmarks');
  if (landmarks.length !== 5 && landmarks.length !== 68) {
    throw new InvalidArgumentError({
      where: 'packImages',
      argument: `align.landmarks of ${id}`,
      expected: '5 or 68 points',
      got: landmarks,
    });
  }
  return { landmarks, template: align.template };
}
