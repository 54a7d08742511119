import type { PackedImages } from '@ft/datasets';
import { worstErrors, type PairError } from '@ft/eval';
import type { ReportSection } from '@ft/report';
import { reportPicture } from './report-picture.ts';

/** Pairs of images and how far apart a network found them. */
export interface JudgedPairs {
  /** Positions in the images. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly same: ArrayLike<number>;
  readonly distances: ArrayLike<number>;
}

const MISTAKES_SHOWN = 6;

/**
 * The pairs that a network got most wrong, as pictures: wrong labels and bad crops come first.
 *
 * @param thresholds one for all pairs, or one for each
 */
export async function mistakeSections(
  images: PackedImages,
  { a, b, same, distances }: JudgedPairs,
  thresholds: number | ArrayLike<number>,
): Promise<ReportSection[]> {
  const nameOf = (image: number) => images.identities[images.labels[image]!]!;
  const { falseAccepts, falseRejects } = worstErrors({ distances, same }, thresholds, MISTAKES_SHOWN);
  const section = async (heading: string, errors: readonly PairError[]): Promise<ReportSection> => ({
    kind: 'images',
    heading,
    groups: await Promise.all(
      errors.map(async ({ pair, distance, threshold }) => ({
        caption: `Distance ${distance.toFixed(2)}, threshold ${threshold.toFixed(2)}`,
        images: await Promise.all(
          [a[pair]!, b[pair]!].map((image) => reportPicture(images, image, nameOf(image))),
        ),
      })),
    ),
  });
  return [
    await section('Two people taken for one', falseAccepts),
    await section('One person taken for two', falseRejects),
  ];
}
