import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFolder, type PackedImages } from '@ft/datasets';
import { InvalidArgumentError } from '@ft/errors';
import type { Output } from './console-output.ts';
import { lfwEvaluation, packFaces, prepareData } from './data.ts';
import { faceSource, type FaceModel } from './face-model.ts';
import { openRunDirectory } from './run-directory.ts';

/** Faces of known people, to measure a network on. */
export interface LabelledFaces {
  readonly name: string;
  readonly images: PackedImages;
  /** How many of the people the network was trained on: more than 0 makes every figure too good. */
  readonly peopleAlsoInTraining: number;
}

/**
 * Decodes the faces of a source.
 *
 * @param source `folder:DIR`, `lfw:DIR` (the test people of View 1), or undefined for the people that the
 *   network's own run held out
 */
export async function labelledFaces(
  source: string | undefined,
  model: FaceModel,
  output: Output,
): Promise<LabelledFaces> {
  const { name, images } = await read(source, model, output);
  const trained =
    model.run === undefined
      ? []
      : (JSON.parse(
          await readFile(join(model.run, 'identities.json'), 'utf8').catch(() => '[]'),
        ) as string[]);
  const seen = new Set(trained);
  const shown = new Set(Array.from(images.labels, (label) => images.identities[label]!));
  const peopleAlsoInTraining = [...shown].filter((person) => seen.has(person)).length;
  if (peopleAlsoInTraining > 0) {
    output.say(
      `Not a valid result: ${peopleAlsoInTraining} of the ${shown.size} people here were trained on. ` +
        'Use people that the network has not seen.',
    );
  }
  return { name, images, peopleAlsoInTraining };
}

async function read(source: string | undefined, model: FaceModel, output: Output) {
  if (source === undefined) {
    if (model.run === undefined) {
      throw wrongSource(
        undefined,
        `${model.directory} is not part of a run, whose held-out people could be used.`,
      );
    }
    const { config } = await openRunDirectory(model.run);
    if (config.data.startsWith('lfw:')) return lfwFaces(config.data.slice(4), model, output);
    const { name, evaluation } = await prepareData(config, output);
    return { name: `${name}, held-out people`, images: evaluation.images };
  }
  const [, kind, path] = /^(folder|lfw):(.+)$/.exec(source) ?? [];
  if (kind === 'lfw') return lfwFaces(path!, model, output);
  if (kind !== 'folder') throw wrongSource(source, 'A folder has a sub-folder for each person.');
  const dataset = await imageFolder(path!);
  const images = await packFaces(
    faceSource(dataset, model.crop),
    { ...model.decoding, onDamaged: 'skip' },
    output,
  );
  return { name: dataset.name, images };
}

/** The test people of View 1. */
async function lfwFaces(path: string, { crop, decoding }: FaceModel, output: Output) {
  if (crop !== 'lfw') {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--crop',
      expected: 'lfw for images of LFW',
      got: crop,
      remedy: 'Its faces fill only the middle of its images.',
    });
  }
  const config = { ...decoding, data: `lfw:${path}`, onDamaged: 'refuse', holdout: 0.2, seed: 1 } as const;
  const { images } = await lfwEvaluation(path, 'lfw-view1', config, output);
  return { name: 'LFW, View 1 test people', images };
}

function wrongSource(got: unknown, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError({
    where: 'ft',
    argument: '--data',
    expected: 'folder:DIR or lfw:DIR',
    got,
    remedy,
  });
}
