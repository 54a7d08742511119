import { extname } from 'node:path';
import {
  contactSheet,
  faceLandmarks,
  packImages,
  type AlignmentTemplate,
  type FaceDataset,
  type PackedImages,
} from '@ft/datasets';
import { selectEngine, type EngineName } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import { loadLandmarkNet } from '@ft/models';
import { createRandom } from '@ft/random';
import type { Command } from 'commander';
import sharp from 'sharp';
import type { Output } from '../console-output.ts';
import { countValues } from '../count-values.ts';
import { imageCacheDirectory, openFaceSource, type FaceSource } from '../face-source.ts';
import { choiceOption, engineOption, numberOption, outputOf } from './options.ts';

interface InspectOptions {
  readonly align?: boolean;
  readonly template: AlignmentTemplate;
  readonly size?: number;
  readonly sample?: number;
  readonly count: number;
  readonly out: string;
  readonly engine?: EngineName;
}

const SHEET_TYPES = ['.jpg', '.jpeg', '.png', '.webp'];

export function addDataInspect(data: Command): void {
  data
    .command('inspect')
    .description('write a contact sheet of what a network would see, and count what is in a data set')
    .argument('<source>', 'lfw:DIR, folder:DIR (a sub-folder for each person) or manifest:FILE')
    .option('--align', 'find the landmarks of every face and bring them to a template')
    .option(
      '--template <name>',
      'arcface (112 pixels) or dlib (150 pixels), for --align',
      choiceOption('--template', ['arcface', 'dlib']),
      'arcface' as const,
    )
    .option(
      '--size <pixels>',
      "height and width of a picture (the template's)",
      numberOption('--size', { min: 16, integer: true }),
    )
    .option(
      '--sample <n>',
      'decode only so many images, drawn at random',
      numberOption('--sample', { min: 1, integer: true }),
    )
    .option(
      '--count <n>',
      'pictures on the sheet',
      numberOption('--count', { min: 1, below: 2001, integer: true }),
      80,
    )
    .option('--out <file>', 'the sheet, .jpg, .png or .webp', 'contact-sheet.jpg')
    .addOption(engineOption())
    .option('--json', 'print JSON lines')
    .addHelpText('after', '\nExample: ft data inspect folder:photos --align --out faces.jpg')
    .action(async (name: string, options: InspectOptions, command: Command) => {
      const output = outputOf(command);
      const { out, count, template, sample } = options;
      if (!SHEET_TYPES.includes(extname(out).toLowerCase())) {
        throw new InvalidArgumentError({
          where: 'ft data inspect',
          argument: '--out',
          expected: `a file name that ends in ${SHEET_TYPES.join(', ')}`,
          got: out,
        });
      }
      const source = await openFaceSource(name, output);
      const people = describePeople(source.dataset);
      output.say(`${source.dataset.name}: ${people.images} images of ${people.people} people`);
      output.say(
        `Images of a person: ${people.fewest} to ${people.most}, middle ${people.middle}; ${people.withTwo} people have two or more`,
      );
      const dataset = sample === undefined ? source.dataset : drawImages(source.dataset, sample);
      const sizes = await describeSizes(dataset, output);
      if (sizes.read > 0) {
        output.say(
          `Sizes: ${sizes.smallest} to ${sizes.largest} pixels, ${sizes.distinct} different, most often ${sizes.commonest}`,
        );
      }
      const size = options.size ?? (template === 'dlib' && options.align === true ? 150 : 112);
      const packed = await pack({ ...source, dataset }, size, options, output);
      sayCrop(source, size, options, output);
      const reasons = countReasons(packed.skipped);
      if (packed.skipped.length > 0) {
        output.say(`Skipped: ${packed.skipped.length} of ${dataset.images.length}`);
        for (const { reason, images, first } of reasons) output.say(`  ${images}: ${reason}, first ${first}`);
      }
      const shown = packed.count === 0 ? undefined : out;
      if (shown === undefined) output.say('No image can be used, so there is no sheet.');
      else {
        const step = Math.max(1, packed.count / count);
        const indices = Array.from({ length: Math.min(count, packed.count) }, (_, i) => Math.floor(i * step));
        await sharp(await contactSheet(packed, { indices })).toFile(shown);
        output.say(`The sheet with ${indices.length} pictures is ${shown}. Look at it before you train.`);
      }
      output.event('inspected', {
        source: name,
        ...people,
        sizes,
        size,
        used: packed.count,
        skipped: packed.skipped,
        reasons,
        sheet: shown ?? null,
      });
    });
}

function describePeople({ images }: FaceDataset) {
  const counts = countValues(images.map(({ identity }) => identity));
  const sorted = [...counts.values()].sort((a, b) => a - b);
  return {
    images: images.length,
    people: sorted.length,
    fewest: sorted[0] ?? 0,
    most: sorted.at(-1) ?? 0,
    middle: sorted[sorted.length >> 1] ?? 0,
    withTwo: sorted.filter((count) => count >= 2).length,
  };
}

function drawImages(dataset: FaceDataset, count: number): FaceDataset {
  const images = [...dataset.images];
  createRandom(1, 'inspect').shuffle(images);
  const drawn = images.slice(0, count).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { name: dataset.name, images: drawn };
}

/** The sizes that the files' headers tell, width x height. */
async function describeSizes({ images }: FaceDataset, output: Output) {
  const progress = output.progress('Reading sizes');
  const counts = new Map<string, { count: number; pixels: number }>();
  let done = 0;
  for (let start = 0; start < images.length; start += 64) {
    const batch = images.slice(start, start + 64);
    const found = await Promise.all(
      batch.map(({ file }) =>
        sharp(file, { limitInputPixels: false })
          .metadata()
          .catch(() => undefined),
      ),
    );
    for (const metadata of found) {
      if (metadata === undefined) continue;
      const { width, height } = metadata.autoOrient;
      const entry = counts.get(`${width} x ${height}`) ?? { count: 0, pixels: width * height };
      entry.count += 1;
      counts.set(`${width} x ${height}`, entry);
    }
    progress.update((done += batch.length), images.length);
  }
  progress.end();
  const entries = [...counts].sort(([, a], [, b]) => a.pixels - b.pixels);
  const commonest = [...entries].sort(([, a], [, b]) => b.count - a.count)[0];
  return {
    read: entries.reduce((sum, [, { count }]) => sum + count, 0),
    distinct: entries.length,
    smallest: entries[0]?.[0],
    largest: entries.at(-1)?.[0],
    commonest: commonest?.[0],
  };
}

async function pack(
  { dataset, crop, box }: FaceSource,
  size: number,
  { align, template, engine }: InspectOptions,
  output: Output,
): Promise<PackedImages> {
  const cacheDir = imageCacheDirectory();
  let region: Pick<Parameters<typeof packImages>[1], 'crop' | 'align'> = crop === undefined ? {} : { crop };
  if (align === true) {
    await selectEngine(engine === undefined ? {} : { require: engine });
    const detector = await loadLandmarkNet();
    const progress = output.progress('Finding landmarks');
    const { landmarks } = await faceLandmarks(dataset, {
      detector,
      ...(box === undefined ? {} : { box }),
      cacheDir,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.end();
    detector.dispose();
    region = { align: { landmarks, template } };
  }
  const progress = output.progress(`Decoding ${dataset.name}`);
  const packed = await packImages(dataset, {
    size,
    ...region,
    cacheDir,
    onDamaged: 'skip',
    onProgress: (done, total) => progress.update(done, total),
  });
  progress.end();
  return packed;
}

function sayCrop(
  { crop }: FaceSource,
  size: number,
  { align, template }: InspectOptions,
  output: Output,
): void {
  const from =
    align === true
      ? `the landmarks of each face, brought to the template of ${template}`
      : crop === undefined
        ? 'the largest square in the middle'
        : `the square of ${crop.size} pixels around (${crop.centerX}, ${crop.centerY})`;
  output.say(`Pictures: ${size} x ${size}, from ${from}`);
}

function countReasons(skipped: PackedImages['skipped']) {
  const reasons = new Map<string, { images: number; first: string }>();
  for (const { id, reason } of skipped) {
    const entry = reasons.get(reason) ?? { images: 0, first: id };
    entry.images += 1;
    reasons.set(reason, entry);
  }
  return [...reasons].map(([reason, rest]) => ({ reason, ...rest }));
}
