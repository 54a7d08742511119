import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageArray } from '../embed-images.ts';
import { readFaceApiWeights } from '../face-api-weights.ts';

/** A network that finds 68 points in a picture of one face. It holds tensors: dispose of it when done. */
export interface LandmarkNet {
  /** Changes with whatever changes the points; part of a cache's key. */
  readonly id: string;
  /** Height and width in pixels to which images are brought. Images of this size need no further step. */
  readonly size: number;
  /**
   * Finds the landmarks of square images that show one face each, from the brows to below the chin.
   *
   * @param images RGB pixels in 0..255, [batch, side, side, 3], float32 or int32
   * @returns x and y as shares of the side, [batch, 68, 2]; points may lie outside 0..1
   * @throws InvalidArgumentError where the images are not square or not RGB
   */
  locate(images: tf.Tensor4D): tf.Tensor3D;
  /**
   * Finds the landmarks of many images, in batches.
   *
   * @returns x and y as shares of the side, row-major [count, 68, 2]
   * @throws InvalidArgumentError where the images are not square or the pixels do not match the sizes
   */
  detect(images: ImageArray): Promise<Float32Array>;
  dispose(): void;
}

/** The jaw, brows, nose, eyes and mouth in the order of iBUG 300-W. */
const LANDMARK_COUNT = 68;
const SIZE = 112;
const MEAN = [122.782, 117.001, 104.298];
const BLOCKS = 4;
const CONVOLUTIONS = 4;
// Larger batches leave the processor's cache: 64 takes twice the time.
const BATCH = 16;

/**
 * Loads the 68-point network that the npm package `@vladmandic/face-api` carries (MIT): four blocks of four
 * depthwise separable convolutions, each block halving height and width and adding up what its convolutions give.
 *
 * @throws PretrainedWeightsError where the package is not installed or its file is of another form
 */
export async function loadLandmarkNet(): Promise<LandmarkNet> {
  const stored = await readFaceApiWeights('face_landmark_68_model');
  const weights = new Map([...stored].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
  const weight = <T extends tf.Tensor>(name: string) => weights.get(name) as T;

  const separable = (x: tf.Tensor4D, name: string, stride: number): tf.Tensor4D => {
    const spread = tf.depthwiseConv2d(x, weight<tf.Tensor4D>(`${name}/depthwise_filter`), stride, 'same');
    return tf.fused.conv2d({
      x: spread,
      filter: weight<tf.Tensor4D>(`${name}/pointwise_filter`),
      strides: 1,
      pad: 'valid',
      bias: weight(`${name}/bias`),
    });
  };
  const block = (x: tf.Tensor4D, index: number): tf.Tensor4D => {
    const name = `dense${index}`;
    const first =
      index === 0
        ? tf.add<tf.Tensor4D>(
            tf.conv2d(x, weight<tf.Tensor4D>(`${name}/conv0/filters`), 2, 'same'),
            weight(`${name}/conv0/bias`),
          )
        : separable(x, `${name}/conv0`, 2);
    let sum = tf.relu(first);
    for (let i = 1; i < CONVOLUTIONS; i++) {
      sum = tf.add(sum, separable(i === 1 ? sum : tf.relu(sum), `${name}/conv${i}`, 1));
    }
    return tf.relu(sum);
  };

  const locate = (images: tf.Tensor4D): tf.Tensor3D => {
    const [count, height, width, channels] = images.shape;
    if (height !== width || channels !== 3) {
      throw new InvalidArgumentError({
        where: 'LandmarkNet',
        argument: 'images',
        expected: 'square and RGB, of shape [batch, side, side, 3]',
        got: images,
      });
    }
    return tf.tidy(() => {
      const sized = height === SIZE ? images : tf.image.resizeBilinear(images, [SIZE, SIZE]);
      let x: tf.Tensor4D = tf.div(tf.sub(tf.cast(sized, 'float32'), tf.tensor1d(MEAN)), 255);
      for (let i = 0; i < BLOCKS; i++) x = block(x, i);
      const features = tf.reshape(tf.avgPool(x, 7, 2, 'valid'), [count, -1]) as tf.Tensor2D;
      const points = tf.add(tf.matMul(features, weight<tf.Tensor2D>('fc/weights')), weight('fc/bias'));
      return tf.reshape(points, [count, LANDMARK_COUNT, 2]);
    });
  };

  return {
    id: 'face-api face_landmark_68 1',
    size: SIZE,
    locate,
    async detect({ pixels, count, height, width }) {
      const imageSize = height * width * 3;
      if (pixels.length !== count * imageSize) {
        throw new InvalidArgumentError({
          where: 'LandmarkNet.detect',
          argument: 'images.pixels',
          expected: `of length count x height x width x 3 = ${count * imageSize}`,
          got: pixels,
        });
      }
      const all = new Float32Array(count * LANDMARK_COUNT * 2);
      for (let start = 0; start < count; start += BATCH) {
        const size = Math.min(BATCH, count - start);
        const points = tf.tidy(() =>
          locate(
            tf.tensor4d(
              pixels.subarray(start * imageSize, (start + size) * imageSize),
              [size, height, width, 3],
              'int32',
            ),
          ),
        );
        all.set((await points.data()) as Float32Array, start * LANDMARK_COUNT * 2);
        points.dispose();
      }
      return all;
    },
    dispose() {
      for (const tensor of weights.values()) tensor.dispose();
    },
  };
}
