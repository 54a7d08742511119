import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticIdentities, type SquareCrop } from '@ft/datasets';
import sharp from 'sharp';

/** JPEG files of 250 x 250 pixels, as those of LFW are, and the part of them that is used. */
export interface Pictures {
  readonly files: readonly string[];
  readonly crop: SquareCrop;
  /** Draws the faces and writes the files. */
  draw(): Promise<void>;
  /** Takes them away again, if they were drawn. */
  dispose(): Promise<void>;
}

const COUNT = 400;
const SIZE = 250;

/** Drawn faces in a temporary folder, which is made when they are drawn. */
export function pictures(): Pictures {
  const folder = join(tmpdir(), `ft-bench-pictures-${process.pid}`);
  const files = Array.from({ length: COUNT }, (_, i) => join(folder, `${i}.jpg`));
  return {
    files,
    crop: { centerX: 125, centerY: 125, size: 110 },
    async draw() {
      await mkdir(folder, { recursive: true });
      const drawn = syntheticIdentities({
        identities: COUNT / 4,
        imagesPerIdentity: 4,
        size: SIZE,
        seed: 1,
      });
      const bytes = SIZE * SIZE * 3;
      const raw = { width: SIZE, height: SIZE, channels: 3 } as const;
      for (const [i, file] of files.entries()) {
        const jpeg = sharp(drawn.pixels.subarray(i * bytes, (i + 1) * bytes), { raw }).jpeg({ quality: 90 });
        await writeFile(file, await jpeg.toBuffer());
      }
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
