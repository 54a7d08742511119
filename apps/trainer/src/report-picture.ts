import type { PackedImages } from '@ft/datasets';
import type { ReportImage } from '@ft/report';
import sharp from 'sharp';

/** A decoded image as a picture of a report. */
export async function reportPicture(
  images: PackedImages,
  index: number,
  caption: string,
): Promise<ReportImage> {
  const { width, height, channels, pixels } = images;
  const size = width * height * channels;
  const jpeg = await sharp(pixels.subarray(index * size, (index + 1) * size), {
    raw: { width, height, channels },
  })
    .jpeg({ quality: 85 })
    .toBuffer();
  return { source: `data:image/jpeg;base64,${jpeg.toString('base64')}`, caption };
}
