import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.ts';

/** What a short test of the current backend found. */
export interface SelfTest {
  /** A small gradient came out as it must. */
  readonly isCorrect: boolean;
  /** Product of two 512 x 512 matrices, in 10^9 operations per second. */
  readonly matMulGflops: number;
  /** Gradient steps of a 3x3 convolution (56 x 56 x 32 to 56 x 56 x 64), in images per second. */
  readonly convolutionImagesPerSecond: number;
}

/** Tests the current backend for about a second. No tensor is left behind. */
export async function selfTest(tf: Engine['tf']): Promise<SelfTest> {
  const gradientOf = (image: Tensor4D, filter: Tensor4D): Tensor =>
    tf.grad((f) => tf.sum(tf.conv2d(image, f as Tensor4D, 1, 'same')))(filter);

  const small = tf.tidy(() => gradientOf(tf.ones([1, 3, 3, 1]), tf.ones([3, 3, 1, 1])));
  const found = [...(await small.data())];
  small.dispose();
  const expected = [4, 6, 4, 6, 9, 6, 4, 6, 4];

  const size = 512;
  const matrix = tf.randomUniform([size, size]);
  const products = await rate(tf, 300, () => tf.matMul(matrix, matrix));
  matrix.dispose();

  const images = 8;
  const image = tf.randomUniform<Rank.R4>([images, 56, 56, 32]);
  const filter = tf.randomUniform<Rank.R4>([3, 3, 32, 64]);
  const steps = await rate(tf, 500, () => gradientOf(image, filter));
  tf.dispose([image, filter]);
  return {
    isCorrect: found.length === 9 && found.every((value, i) => value === expected[i]),
    matMulGflops: round((products * 2 * size ** 3) / 1e9),
    convolutionImagesPerSecond: round(steps * images),
  };
}

/** How often a second `compute` runs, its result read back, after one run to warm up. */
async function rate(tf: Engine['tf'], ms: number, compute: () => Tensor): Promise<number> {
  const run = async (): Promise<void> => {
    const result = tf.tidy(compute);
    await result.data();
    result.dispose();
  };
  await run();
  const start = performance.now();
  let runs = 0;
  do {
    await run();
    runs++;
  } while (performance.now() - start < ms);
  return (runs * 1000) / (performance.now() - start);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
