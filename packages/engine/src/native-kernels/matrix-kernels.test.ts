import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { accelerate } from './accelerate.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

const isInstalled = (await installedEngines()).length > 0;
if (isInstalled) await selectEngine({ require: 'tensorflow' });

const random = (rows: number, columns: number, seed: number, mean = 0) =>
  tf.randomNormal<tf.Rank.R2>([rows, columns], mean, 1, 'float32', seed);
const run = (name: string, inputs: Record<string, tf.Tensor>, attrs = {}) =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs);
const rowsOf = (x: tf.Tensor) => x.arraySync() as number[][];

/** Largest difference over the largest number. */
function difference(got: tf.Tensor, wanted: number[][]): number {
  const flat = wanted.flat();
  expect(got.shape).toEqual([wanted.length, wanted[0]!.length]);
  const size = flat.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const numbers = got.dataSync() as Float32Array;
  return numbers.reduce((most, value, i) => Math.max(most, Math.abs(value - flat[i]!)), 0) / size;
}

const squaredDistance = (p: number[], q: number[]) => p.reduce((sum, v, k) => sum + (v - q[k]!) ** 2, 0);

// Sizes on both sides of a tile, of a vector, and of what several threads are worth.
const sizes = [
  [1, 2],
  [5, 3],
  [64, 8],
  [65, 17],
  [200, 128],
  [600, 230],
] as const;

describe.runIf(isInstalled && hasOwnOperations(loadedNativeBackend()!))('matrix kernels', () => {
  beforeAll(() => void accelerate());

  test.each(sizes)('rows at length 1, and their gradient: [%i, %i]', (n, d) => {
    tf.tidy(() => {
      const x = tf.mul(random(n, d, 1), 100) as tf.Tensor2D;
      const [y, inverse] = run('FtUnitRows', { x }) as tf.Tensor[];
      const lengths = rowsOf(x).map((row) => Math.hypot(...row));
      const unit = rowsOf(x).map((row, i) => row.map((v) => v / lengths[i]!));
      expect(difference(y!, unit)).toBeLessThan(1e-7);
      expect(
        difference(
          tf.reshape(inverse!, [n, 1]),
          lengths.map((l) => [1 / l]),
        ),
      ).toBeLessThan(1e-7);
      const dy = random(n, d, 2);
      const dx = run('FtUnitRowsGradient', { dy, y: y!, inverse: inverse! }) as tf.Tensor;
      const wanted = rowsOf(dy).map((row, i) => {
        const radial = row.reduce((sum, v, k) => sum + v * unit[i]![k]!, 0);
        return row.map((v, k) => (v - radial * unit[i]![k]!) / lengths[i]!);
      });
      expect(difference(dx, wanted)).toBeLessThan(1e-6);
    });
  });

  test('a row of zeros stays, one with NaN is NaN', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([0, 0, 1e-20, 0, Number.NaN, 1], [3, 2]);
      const [y, inverse] = run('FtUnitRows', { x }) as tf.Tensor[];
      expect([...y!.dataSync()]).toEqual([0, 0, 0, 0, Number.NaN, Number.NaN]);
      expect([...inverse!.dataSync()]).toEqual([0, 0, Number.NaN]);
    });
  });

  test.each(sizes)('distances, to the points themselves and to others: [%i, %i]', (n, d) => {
    tf.tidy(() => {
      const x = random(n, d, 3, 50);
      const y = random(n + 2, d, 4, 50);
      for (const [others, root] of [
        [undefined, false],
        [undefined, true],
        [y, true],
      ] as const) {
        const got = run('FtPairwiseDistances', others ? { x, y: others } : { x }, { root }) as tf.Tensor;
        const squared = rowsOf(x).map((p) => rowsOf(others ?? x).map((q) => squaredDistance(p, q)));
        const wanted = squared.map((row) => row.map((v) => (root ? Math.sqrt(v) : v)));
        expect(difference(got, wanted)).toBeLessThan(2e-6);
        if (others !== undefined) continue;
        const cells = rowsOf(got);
        cells.forEach((row, i) => expect(row[i]).toBe(0));
        expect(rowsOf(tf.transpose(got))).toEqual(cells);
      }
    });
  });

  test('close points keep their digits, and copies have distance 0', () => {
    tf.tidy(() => {
      const far = random(70, 16, 5);
      const x = tf.concat([far, tf.add(far, 1e-5), far]) as tf.Tensor2D;
      const got = rowsOf(run('FtPairwiseDistances', { x }) as tf.Tensor);
      const points = rowsOf(x);
      for (let i = 0; i < 70; i++) {
        expect(got[i]![140 + i]).toBe(0);
        const wanted = squaredDistance(points[i]!, points[70 + i]!);
        expect(Math.abs(got[i]![70 + i]! - wanted) / wanted).toBeLessThan(1e-6);
      }
    });
  });

  test('NaN stays in its row and column', () => {
    tf.tidy(() => {
      const x = tf.concat([random(66, 4, 6), tf.mul(tf.ones([1, 4]), Number.NaN)]) as tf.Tensor2D;
      const got = rowsOf(run('FtPairwiseDistances', { x: tf.sub(x, 0) }, { root: true }) as tf.Tensor);
      expect(got[66]!.slice(0, 66).every(Number.isNaN)).toBe(true);
      expect(got.slice(0, 66).every((row) => Number.isNaN(row[66]))).toBe(true);
    });
  });

  test.each([1, 5, 64, 128, 129, 200, 600])(
    'a matrix and its transpose, and the Laplacian of slopes: %i',
    (n) => {
      tf.tidy(() => {
        const slopes = random(n, n, 7);
        const s = rowsOf(slopes);
        const sum = run('FtAddTranspose', { x: slopes }) as tf.Tensor;
        expect(
          difference(
            sum,
            s.map((row, i) => row.map((v, j) => v + s[j]![i]!)),
          ),
        ).toBeLessThan(1e-6);
        const points = random(n, 6, 8);
        const distances = run('FtPairwiseDistances', { x: points }, { root: true }) as tf.Tensor2D;
        const d = rowsOf(distances);
        for (const given of [distances, undefined]) {
          const inputs = given ? { slopes, distances: given } : { slopes };
          const got = run('FtLaplacian', inputs) as tf.Tensor;
          const weights = s.map((row, i) =>
            row.map((v, j) => {
              if (i === j) return 0;
              const both = v + s[j]![i]!;
              return given ? both / d[i]![j]! : 2 * both;
            }),
          );
          const wanted = weights.map((row, i) =>
            row.map((w, j) => (i === j ? row.reduce((a, b) => a + b, 0) : -w)),
          );
          expect(difference(got, wanted)).toBeLessThan(1e-6);
        }
      });
    },
  );
});
