import { access } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { PackedImages } from '@ft/datasets';
import { LFW_CROP, LFW_LANDMARK_BOX } from '@ft/datasets-lfw';
import { selectEngine } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import { embedImages, loadModel, type EmbeddingModel, type ImageArray } from '@ft/models';
import type { RunConfig } from './config.ts';
import type { Output } from './console-output.ts';
import { packFaces, type DataConfig } from './data.ts';
import type { FaceSource } from './face-source.ts';
import { ownCrop } from './own-crop.ts';

/** The options of every command that takes a network. */
export interface FaceModelOptions {
  /** `runs/NAME/model` or `runs/NAME`. */
  readonly model: string;
  /** What the network was trained on, by default. */
  readonly crop?: 'centre' | 'lfw';
  readonly engine?: RunConfig['engine'];
}

/** A trained network that is ready to embed faces, and what its distances are called. */
export interface FaceModel {
  /** Folder of the bundle. */
  readonly directory: string;
  /** Folder of the run that the bundle is part of, where it is. */
  readonly run: string | undefined;
  /** Identifies the weights. */
  readonly modelId: string;
  /** Identifies the weights and how a file becomes an embedding. */
  readonly id: string;
  /** What `ft calibrate` stored with the weights. */
  readonly calibration: unknown;
  readonly crop: 'centre' | 'lfw';
  readonly measure: 'squared-euclidean';
  readonly dimension: number;
  /** How files are decoded for it. */
  readonly decoding: Pick<DataConfig, 'model' | 'align'>;
  /** Embeds images: the embedding of each plus that of its mirror image. */
  embed(images: ImageArray): Promise<Float32Array>;
  /** Decodes and embeds files; one that cannot be read stops everything. */
  embedFiles(files: readonly string[]): Promise<Float32Array>;
  dispose(): void;
}

/** Loads the network of a bundle or a run. Faces are cropped and aligned as they were for its training. */
export async function openFaceModel(
  { model: path, crop: wanted, engine }: FaceModelOptions,
  output: Output,
): Promise<FaceModel> {
  const isRun = await exists(join(path, 'model', 'model.json'));
  const directory = isRun ? join(path, 'model') : path;
  const parent = isRun ? path : join(path, '..');
  await selectEngine(engine === undefined ? {} : { require: engine });
  const { model, modelId, calibration, metadata } = await loadModel(directory);
  const run = (await exists(join(parent, 'config.json'))) ? parent : undefined;
  const crop = wanted ?? (await ownCrop(metadata['faces'], run));
  const align = metadata['faces'] === 'landmarks';
  const { input, name, embeddingSize } = model.architecture;
  const decoding = { model: { name, size: input.height }, align };
  const embed = (images: ImageArray) => embedFaces(model, images, output, 'Embedding');
  return {
    directory,
    run,
    modelId,
    id: `sha256:${modelId}, ${align ? 'aligned' : `crop ${crop}`}, mirrored`,
    calibration,
    crop,
    measure: 'squared-euclidean',
    dimension: embeddingSize,
    decoding,
    embed,
    async embedFiles(files) {
      const images = files.map((file, i) => ({
        id: `${i}/${basename(file)}`,
        identity: '',
        file: resolve(file),
      }));
      const source = faceSource({ name: 'files', images }, crop);
      return embed(await packFaces(source, { ...decoding, onDamaged: 'refuse' }, output));
    },
    dispose: () => model.dispose(),
  };
}

/** Images of a folder or of files, where faces are known to be on them as `--crop` says. */
export function faceSource(dataset: FaceSource['dataset'], crop: FaceModel['crop']): FaceSource {
  return crop === 'lfw'
    ? { dataset, crop: LFW_CROP, box: LFW_LANDMARK_BOX, isLfw: false }
    : { dataset, crop: undefined, box: undefined, isLfw: false };
}

/** Embeddings of images and of their mirror images, added, with a bar. */
export async function embedFaces(
  model: EmbeddingModel,
  images: ImageArray | PackedImages,
  output: Output,
  label: string,
): Promise<Float32Array> {
  const { height, width } = model.architecture.input;
  if (images.height !== height || images.width !== width) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: 'the images',
      expected: `of the network's ${height} x ${width} pixels`,
      got: `${images.height} x ${images.width}`,
    });
  }
  const progress = output.progress(label);
  try {
    return await embedImages(model, images, {
      flip: true,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.end();
  }
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );
