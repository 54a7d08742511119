import type { Architecture, Layer } from './architecture.ts';
import { createBlankModel, type EmbeddingModel } from './create-model.ts';
import { readFaceApiWeights } from './face-api-weights.ts';
import type { StoredTensor } from './safetensors.ts';
import { importWeights } from './weights.ts';

const SIZE = 150;

/** A residual block of the network: its name in the stored weights, its filters, and whether it halves the image. */
interface Unit {
  readonly stored: string;
  readonly filters: number;
  readonly down: boolean;
}

const units = (filters: number, count: number): Unit[] =>
  Array.from({ length: count }, (_, i) => ({ stored: `conv${filters}_${i + 1}`, filters, down: false }));
const down = (filters: number, suffix = ''): Unit => ({
  stored: `conv${filters}_down${suffix}`,
  filters,
  down: true,
});
const STAGES: readonly (readonly Unit[])[] = [
  units(32, 3),
  [down(64), ...units(64, 3)],
  [down(128), ...units(128, 2)],
  [down(256), ...units(256, 2)],
  [down(256, '_out')],
];

const affine: Layer = { type: 'affine' };
const relu: Layer = { type: 'relu' };
const conv3 = (filters: number, stride: number): Layer => ({
  type: 'conv',
  filters,
  kernel: 3,
  stride,
  bias: false,
  padding: stride === 1 ? 'same' : 'valid',
});

/**
 * The face network of dlib: 29 convolutions in residual blocks, 150 x 150 pixels in, 128 numbers out, 5.6 million
 * weights. Its embeddings are not of length 1: two images are of one person where their Euclidean distance is below
 * about 0.6.
 *
 * Blocks: `stem`, `stage1` ... `stage5` (each of `unit1`, `unit2` ...), `head`.
 *
 * @see http://dlib.net/face_recognition.py.html and King, "Dlib-ml" (JMLR 2009); He et al., "Deep residual learning
 * for image recognition" (CVPR 2016)
 */
export function dlibFaceNet(): Architecture {
  // The stem is a convolution of 7 and a pooling of 3, both with stride 2 and without padding.
  let size = Math.floor((Math.floor((SIZE - 7) / 2) + 1 - 3) / 2) + 1;
  let channels = 32;
  const unit = ({ filters, down: halves }: Unit, index: number): Layer => {
    const branch = [conv3(filters, halves ? 2 : 1), affine, relu, conv3(filters, 1), affine];
    const shortcut: Layer[] = [];
    if (halves) {
      const pooled = Math.floor(size / 2);
      const missing = pooled - (Math.floor((size - 3) / 2) + 1);
      shortcut.push({ type: 'average-pool', size: 2, stride: 2, padding: 'valid' });
      if (filters > channels) {
        shortcut.push({ type: 'pad', rows: [0, 0], columns: [0, 0], channels: filters - channels });
      }
      if (missing > 0) {
        branch.push({ type: 'pad', rows: [0, missing], columns: [0, missing], channels: 0 });
      }
      size = pooled;
      channels = filters;
    }
    return {
      type: 'block',
      name: `unit${index + 1}`,
      layers: [{ type: 'residual', branch, shortcut }, relu],
    };
  };
  return {
    name: 'dlib-face-net',
    input: { height: SIZE, width: SIZE, channels: 3, mean: [122.782, 117.001, 104.298], scale: 1 / 256 },
    layers: [
      {
        type: 'block',
        name: 'stem',
        layers: [
          { type: 'conv', filters: 32, kernel: 7, stride: 2, bias: false, padding: 'valid' },
          affine,
          relu,
          { type: 'max-pool', size: 3, stride: 2, padding: 'valid' },
        ],
      },
      ...STAGES.map((stage, index): Layer => ({
        type: 'block',
        name: `stage${index + 1}`,
        layers: stage.map(unit),
      })),
      {
        type: 'block',
        name: 'head',
        layers: [{ type: 'global-average-pool' }, { type: 'dense', units: 128, bias: false }],
      },
    ],
    embeddingSize: 128,
    normalize: false,
  };
}

/**
 * {@link dlibFaceNet} with the weights that the npm package `@vladmandic/face-api` carries, stored as bytes: trained by
 * Davis King on about three million photographs of 7,485 people (half of them VGG Face and FaceScrub), without the
 * people of LFW, and in the public domain. Every weight can be trained further.
 *
 * @returns a model to dispose of
 * @throws PretrainedWeightsError where the package is not installed or its file is damaged
 */
export async function loadDlibFaceNet(): Promise<EmbeddingModel> {
  const stored = await readFaceApiWeights('face_recognition_model');
  const weights = new Map<string, StoredTensor>([['head/dense1/kernel', stored.get('fc')!]]);
  const take = (scope: string, number: number, from: string) => {
    const bias = stored.get(`${from}/conv/bias`)!.data;
    const scale = stored.get(`${from}/scale/weights`)!;
    const offset = stored.get(`${from}/scale/biases`)!;
    weights.set(`${scope}/conv${number}/kernel`, stored.get(`${from}/conv/filters`)!);
    weights.set(`${scope}/affine${number}/scale`, scale);
    // The convolution's own bias is one with the offset that follows.
    weights.set(`${scope}/affine${number}/offset`, {
      shape: offset.shape,
      data: Float32Array.from(offset.data, (value, i) => value + bias[i]! * scale.data[i]!),
    });
  };
  take('stem', 1, 'conv32_down');
  STAGES.forEach((stage, s) => {
    stage.forEach(({ stored: from }, u) => {
      const scope = `stage${s + 1}/unit${u + 1}/residual1/branch`;
      take(scope, 1, `${from}/conv1`);
      take(scope, 2, `${from}/conv2`);
    });
  });
  const model = createBlankModel(dlibFaceNet());
  importWeights(model, weights, '@vladmandic/face-api');
  return model;
}
